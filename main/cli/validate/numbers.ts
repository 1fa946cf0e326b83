/* Figures as the report prints them. */

export const percent = (x: number): string => `${(100 * x).toFixed(3)} %`
export const signed = (x: number): string => `${x < 0 ? '−' : '+'}${percent(Math.abs(x))}`
export const bytesText = (n: number): string => `${(n / 1024 ** 3).toFixed(3)} GiB`
