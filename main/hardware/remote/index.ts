export { remoteMachines, type RemoteMachines } from './remoteMachines.ts'
export { sshConfigHosts } from './sshConfig.ts'
