/** Equal names get a number, in the order in which the driver counts them. */
export function tellApart<T extends { readonly name: string }> (devices: readonly T[]): T[] {
  return devices.map((device, i) => devices.some((other) => other !== device && other.name === device.name)
    ? { ...device, name: `${device.name} #${devices.slice(0, i).filter((other) => other.name === device.name).length}` }
    : device)
}
