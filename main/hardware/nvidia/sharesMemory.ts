/**
 * Whether a GPU of that name shares one memory with the CPU: an allow-list, since a missing figure on any other card is a fault.
 * GH200, GB200 and GB300 have memory of their own.
 */
export const sharesMemory = (name: string): boolean => /\b(GB10|N1X|Thor|Orin|Xavier|Tegra)\b/i.test(name)
