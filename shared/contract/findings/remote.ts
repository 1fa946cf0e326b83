import type { Locale } from '../../units/index.ts'
import type { FindingCode } from '../hardware.ts'

/** Of machines reached over ssh, and of what goes wrong while one is watched. */
export const REMOTE_FINDINGS = {
  'ssh-missing': {
    en: 'OpenSSH’s ssh was not found. Install the OpenSSH client, then detect again.',
    zh: '未找到 OpenSSH 的 ssh。请安装 OpenSSH 客户端后重新检测。'
  },
  'ssh-auth': {
    en: 'The host did not accept any key. Headroom never asks for passwords: run “ssh HOST” in a terminal, copy a key there (ssh-copy-id), or add the key to the agent.',
    zh: '主机未接受任何密钥。Headroom 不会询问密码：请在终端中运行“ssh 主机名”，复制密钥（ssh-copy-id），或将密钥加入 ssh-agent。'
  },
  'ssh-hostkey-unknown': {
    en: 'The host’s key is not known yet. Connect once in a terminal (ssh HOST), compare the fingerprint, then detect again.',
    zh: '主机密钥尚未被信任。请先在终端中连接一次（ssh 主机名）并核对指纹，然后重新检测。'
  },
  'ssh-hostkey-changed': {
    en: 'The host’s key has changed, which may mean an attack. Ask its administrator before connecting again.',
    zh: '主机密钥已改变，可能存在攻击。请先向管理员确认再连接。'
  },
  'ssh-unreachable': {
    en: 'The host cannot be reached. Check that it runs, the port, and the VPN.',
    zh: '无法连接主机。请检查主机是否开机、端口以及 VPN。'
  },
  'ssh-dns': {
    en: 'The host’s name is not known. Check its spelling and the VPN.',
    zh: '无法解析主机名。请检查拼写以及 VPN。'
  },
  'ssh-config': {
    en: 'The OpenSSH configuration has an error. Correct the line that ssh names.',
    zh: 'OpenSSH 配置有误。请修正 ssh 指出的行。'
  },
  'ssh-mux': {
    en: 'The shared ssh connection failed. Detect again; a connection of its own is used.',
    zh: '共享的 ssh 连接失败。请重新检测，将使用独立连接。'
  },
  'ssh-algorithm': {
    en: 'The host’s ssh server is too old for this client: they have no algorithm in common. Have the server updated.',
    zh: '主机的 ssh 服务端过旧，与本机客户端没有共同的算法。请更新服务端。'
  },
  'ssh-agent': {
    en: 'The ssh agent refused to sign. Unlock it, or touch the hardware key, then detect again.',
    zh: 'ssh-agent 拒绝签名。请解锁，或触碰硬件密钥，然后重新检测。'
  },
  'ssh-timed-out': {
    en: 'The host did not answer in time. Detect again; if it stays so, its GPU driver may hang.',
    zh: '主机未在限定时间内响应。请重新检测；若依旧如此，其 GPU 驱动可能已挂起。'
  },
  'ssh-failed': {
    en: 'The connection to the host failed. Run “ssh HOST” in a terminal and follow what it says.',
    zh: '与主机的连接失败。请在终端中运行“ssh 主机名”并按其提示处理。'
  },
  'ssh-no-shell': {
    en: 'The host offers no shell that Headroom can use. It needs a POSIX shell, or PowerShell under Windows.',
    zh: '主机没有 Headroom 可用的 shell。需要 POSIX shell，Windows 上需要 PowerShell。'
  },
  'monitor-ended': {
    en: 'The program that reads the GPUs ended unexpectedly. It is started again after a pause, a few times; if it then stays off, run nvidia-smi in a terminal and follow what it says.',
    zh: '读取 GPU 的程序意外结束。稍候会自动重启，最多数次；若仍未恢复，请在终端中运行 nvidia-smi 并按其提示处理。'
  },
  'monitor-silent': {
    en: 'No new reading for longer than expected; the last one stays. The driver may be busy or hang: look for “Xid” in the kernel log (dmesg).',
    zh: '超过预期时间没有新读数，保留最后一次读数。驱动可能繁忙或已挂起：请在内核日志（dmesg）中查找“Xid”。'
  },
  'monitor-nothing': {
    en: 'There is nothing to watch: this machine has no GPU whose memory can be read while it runs. Detect again to see why.',
    zh: '没有可监视的内容：此机器上没有可实时读取显存的 GPU。请重新检测以查看原因。'
  }
} as const satisfies Partial<Record<FindingCode, Record<Locale, string>>>
