export * from './commands.ts'
export * from './menus.ts'
export * from './search.ts'
export * from './shortcut.ts'
