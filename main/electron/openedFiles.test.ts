import path from 'node:path'
import { expect, it } from 'vitest'
import { documentsOf, fileOpener } from './openedFiles.ts'

const folder = path.resolve('/home/u')
const at = (name: string) => path.resolve(folder, name)

it('finds documents among the arguments, and nothing else', () => {
  expect(documentsOf(['headroom', '--enable-x', 'a.headroom', '/b/C.HEADROOM.JSON', 'plan.json', '.', '--file=x.headroom'], folder)).toEqual([at('a.headroom'), path.resolve('/b/C.HEADROOM.JSON')])
  expect(documentsOf(['self.headroom'], folder)).toEqual([])
})

it('keeps what comes before the host, then passes on', () => {
  const read: string[] = []
  const files = fileOpener(['headroom', 'first.headroom'], folder)
  files.open('/early.headroom')
  files.connect(file => { read.push(file) })
  files.openArguments(['headroom', 'second.headroom'], path.resolve('/other'))
  files.open('/late.headroom')
  expect(read).toEqual([at('first.headroom'), '/early.headroom', path.resolve('/other/second.headroom'), '/late.headroom'])
})
