import type { Locale } from '../../units/index.ts'
import type { FindingCode } from '../hardware.ts'

/** Of the other vendors’ devices. */
export const VENDOR_FINDINGS = {
  'amd-groups': {
    en: 'This user may not open the AMD devices (/dev/kfd, /dev/dri), so training will fail even where figures are shown. Add the user to the groups render and video, then log in again; in a container pass both devices.',
    zh: '当前用户无权访问 AMD 设备（/dev/kfd、/dev/dri），即使显示了数值，训练也会失败。请将用户加入 render 与 video 组后重新登录；在容器中请传入这两类设备。'
  },
  'amd-hung': {
    en: 'An AMD GPU does not answer its driver. Look for “amdgpu” errors in the kernel log (dmesg); a reboot usually helps.',
    zh: '有 AMD GPU 未响应驱动。请在内核日志（dmesg）中查找“amdgpu”错误；通常需要重启。'
  },
  'amd-no-tool': {
    en: 'The kernel shows these AMD GPUs, but neither amd-smi nor rocm-smi is installed. Their memory is known; to train on them install ROCm and its build of PyTorch.',
    zh: '内核已识别这些 AMD GPU，但未安装 amd-smi 或 rocm-smi。显存大小已知；如需训练，请安装 ROCm 及对应的 PyTorch。'
  },
  'intel-no-memory': {
    en: 'The Intel driver does not say how much memory the GPU has; a figure shown is the catalog’s, and nothing is known of what is in use. Install xpu-smi, or choose the card from the catalog.',
    zh: 'Intel 驱动未报告 GPU 显存大小；所示数值来自目录，占用情况未知。请安装 xpu-smi，或从目录中选择该卡。'
  },
  'apple-estimated': {
    en: 'How much memory macOS lets the GPU use is told only to Metal programs, and Headroom brings none along. It was estimated cautiously as 67 % of the machine’s memory; PyTorch’s torch.mps.recommended_max_memory() gives the exact figure, often more.',
    zh: 'macOS 允许 GPU 使用多少内存只告知 Metal 程序，而 Headroom 未附带此类程序。此处按系统内存的 67% 保守估计；PyTorch 的 torch.mps.recommended_max_memory() 可给出准确值，通常更大。'
  },
  'apple-intel-mac': {
    en: 'The graphics of an Intel Mac are not supported by current training software. Choose a card from the catalog, or add a remote machine.',
    zh: '当前的训练软件不支持 Intel 芯片 Mac 的显卡。请从目录中选择显卡，或添加远程机器。'
  },
  'ascend-in-use': {
    en: 'The Ascend device is held by another container or program. Stop that one, or start this container with a device of its own.',
    zh: '昇腾设备被其他容器或程序占用。请停止占用者，或在启动容器时分配独立的设备。'
  },
  'ascend-no-dcmi': {
    en: 'npu-smi cannot reach the Ascend driver. Check that this user (group HwHiAiUser, or root) may open /dev/davinci*, that a container was given those devices and that no other holds them; after an update of driver or firmware, reboot.',
    zh: 'npu-smi 无法访问昇腾驱动。请确认当前用户（HwHiAiUser 组或 root）可访问 /dev/davinci*，容器已分配这些设备且未被其他容器占用；若刚升级过驱动或固件，请重启。'
  },
  'ascend-no-memory': {
    en: 'npu-smi does not say how much HBM the device has; a figure shown is the catalog’s, and nothing is known of what is in use. Update the driver, or choose the same device from the catalog.',
    zh: 'npu-smi 未报告设备的 HBM 大小；所示数值来自目录，占用情况未知。请升级驱动，或从目录中选择相同型号。'
  },
  'windows-capped-memory': {
    en: 'Windows gives only a figure that ends at 4 GiB for this card; a larger one shown is the catalog’s. Update the card’s driver, or choose the same card from the catalog.',
    zh: 'Windows 对该卡只给出最多 4 GiB 的数值；所示的更大数值来自目录。请更新显卡驱动，或从目录中选择相同型号。'
  },
  'rocm-windows': {
    en: 'Whether this AMD card can train under Windows depends on ROCm for Windows. Check AMD’s list of supported cards, or train under Linux.',
    zh: '该 AMD 显卡能否在 Windows 下训练取决于 ROCm for Windows。请查阅 AMD 的支持列表，或改用 Linux 训练。'
  },
  'vendor-tool-failed': {
    en: 'The vendor’s tool gave no answer that can be read. Run it in a terminal and follow what it says; reinstall it with the driver if it gives no reason.',
    zh: '厂商工具没有给出可读取的结果。请在终端中运行并按其提示处理；若没有提示，请随驱动重新安装。'
  },
  'device-unhealthy': {
    en: 'A device reports that it is not in good health. Look at its alarms with the vendor’s tool before starting a long run.',
    zh: '有设备报告健康状态异常。开始长时间任务前，请用厂商工具查看其告警。'
  },
  'no-gpu': {
    en: 'No GPU was found: none of the vendors’ tools is installed and the system lists no graphics card. Plans can be judged against cards of the catalog or against a remote machine.',
    zh: '未找到 GPU：没有安装任何厂商工具，系统也未列出显卡。可以针对目录中的显卡或远程机器评估方案。'
  },
  'virtual-display': {
    en: 'The only display is that of a virtual machine or a server’s console, which cannot compute. Pass a GPU through to this machine, or plan for one of the catalog or a remote machine.',
    zh: '唯一的显示设备属于虚拟机或服务器控制台，不能用于计算。请将 GPU 直通给本机，或针对目录中的显卡、远程机器规划。'
  }
} as const satisfies Partial<Record<FindingCode, Record<Locale, string>>>
