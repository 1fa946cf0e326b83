import type { Locale } from '../../units/index.ts'
import type { FindingCode } from '../hardware.ts'

/** Of the other vendors’ devices. */
export const VENDOR_FINDINGS = {
  'amd-groups': {
    en: 'This user may not open the AMD devices. Add the user to the groups render and video, then log in again.',
    zh: '当前用户无权访问 AMD 设备。请将用户加入 render 与 video 组，然后重新登录。'
  },
  'amd-hung': {
    en: 'An AMD GPU does not answer. Look for “amdgpu” errors in the kernel log (dmesg); a reboot usually helps.',
    zh: '有 AMD GPU 没有响应。请在内核日志（dmesg）中查找“amdgpu”错误；通常需要重启。'
  },
  'amd-no-tool': {
    en: 'Neither amd-smi nor rocm-smi is installed, so names and processes of the AMD GPUs are not known. Install ROCm to train on them.',
    zh: '未安装 amd-smi 或 rocm-smi，无法获知 AMD GPU 的名称与进程。如需训练请安装 ROCm。'
  },
  'intel-no-memory': {
    en: 'The Intel driver does not say how much memory the GPU has. Install xpu-smi, or choose the card from the catalog.',
    zh: 'Intel 驱动未报告 GPU 显存大小。请安装 xpu-smi，或从目录中选择该卡。'
  },
  'apple-estimated': {
    en: 'How much memory macOS lets the GPU use was estimated cautiously from the machine’s memory.',
    zh: 'macOS 允许 GPU 使用的内存是根据系统内存保守估计的。'
  },
  'apple-intel-mac': {
    en: 'The graphics of an Intel Mac are not supported for training. Choose a card from the catalog, or a remote machine.',
    zh: 'Intel 芯片 Mac 的显卡不支持训练。请从目录中选择显卡，或使用远程机器。'
  },
  'ascend-in-use': {
    en: 'The Ascend device is held by another container or program. Stop that one, or start this container with the device.',
    zh: '昇腾设备被其他容器或程序占用。请停止占用者，或在启动容器时分配该设备。'
  },
  'ascend-no-dcmi': {
    en: 'npu-smi cannot reach the Ascend driver. Check that the driver is installed and that this user or container may open /dev/davinci*.',
    zh: 'npu-smi 无法访问昇腾驱动。请确认驱动已安装，且当前用户或容器可访问 /dev/davinci*。'
  },
  'ascend-no-memory': {
    en: 'npu-smi does not say how much HBM the device has. Choose the same device from the catalog.',
    zh: 'npu-smi 未报告设备的 HBM 大小。请从目录中选择相同型号。'
  },
  'windows-capped-memory': {
    en: 'Windows reports at most 4 GiB for this card, which is a limit of the figure and not of the card. Choose the same card from the catalog.',
    zh: 'Windows 对该卡最多报告 4 GiB，这是数值的上限而非显卡容量。请从目录中选择相同型号。'
  },
  'rocm-windows': {
    en: 'Whether this AMD card can train under Windows depends on ROCm for Windows. Check AMD’s list of supported cards.',
    zh: '该 AMD 显卡能否在 Windows 下训练取决于 ROCm for Windows。请查阅 AMD 的支持列表。'
  },
  'vendor-tool-failed': {
    en: 'The vendor’s tool failed. Run it in a terminal and follow what it says.',
    zh: '厂商工具运行失败。请在终端中运行并按其提示处理。'
  }
} as const satisfies Partial<Record<FindingCode, Record<Locale, string>>>
