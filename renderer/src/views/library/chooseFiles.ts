import { useImportStore } from '../../stores/importStore.ts'

/** Asks for files to import, and shows what they hold. */
export function chooseFiles (): void {
  const imports = useImportStore()
  const input = document.createElement('input')
  input.type = 'file'
  input.multiple = true
  input.accept = '.headroom,.json,.db'
  input.addEventListener('change', () => void imports.importFiles([...input.files ?? []]))
  input.click()
}
