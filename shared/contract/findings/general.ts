import type { Locale } from '../../units/index.ts'
import type { FindingCode } from '../hardware.ts'

/** Of any vendor, and of the machine. */
export const GENERAL_FINDINGS = {
  'timed-out': {
    en: 'The vendor’s tool did not answer in time; the driver may hang. Look for errors of the driver in the kernel log (dmesg, “Xid” for NVIDIA); a reboot usually helps. Plans can still be judged against cards of the catalog.',
    zh: '厂商工具未在限定时间内响应，驱动可能已挂起。请在内核日志（dmesg）中查找驱动错误（NVIDIA 为“Xid”）；通常需要重启。仍可针对目录中的显卡评估方案。'
  },
  'incomplete-device': {
    en: 'A GPU does not say how much memory it has, so no plan can be judged against it. Choose the same card from the catalog instead.',
    zh: '有 GPU 未报告显存大小，无法针对其评估方案。请改为从目录中选择相同型号。'
  },
  'inconsistent-memory': {
    en: 'The memory figures of a GPU do not add up. Detect again; if it stays so, trust its total only.',
    zh: '有 GPU 的显存数值相互矛盾。请重新检测；若依然如此，请仅以总显存为准。'
  },
  'unified-memory': {
    en: 'This GPU shares the machine’s memory. What a run can have is what the system and its programs leave free of it.',
    zh: '此 GPU 与系统共用内存。任务可用的是系统及其他程序剩余的部分。'
  },
  'card-without-driver': {
    en: 'A graphics card is present, but no driver serves it. Install the vendor’s driver, then detect again.',
    zh: '检测到显卡，但没有驱动为其服务。请安装厂商驱动后重新检测。'
  },
  'passed-through': {
    en: 'A card is reserved for virtual machines (vfio-pci), so programs of this system cannot use it. Run in the virtual machine that has it, or give it back to the vendor’s driver.',
    zh: '有显卡已保留给虚拟机（vfio-pci），本系统的程序无法使用。请在拥有该卡的虚拟机中运行，或将其交还给厂商驱动。'
  },
  'gpu-asleep': {
    en: 'A GPU is powered down to save energy and was not woken to ask how much memory is in use. Start any program on it, then detect again.',
    zh: '有 GPU 为省电已断电，检测时未将其唤醒以查询显存占用。请先在其上启动任意程序，再重新检测。'
  },
  'hidden-devices': {
    en: 'An environment variable hides some of these GPUs from the programs started here. Unset it, or plan for those it leaves.',
    zh: '环境变量对此处启动的程序隐藏了部分 GPU。请取消该变量，或仅针对其余 GPU 规划。'
  },
  'integrated-only': {
    en: 'Only graphics that are built into the processor were found; training needs a card of its own. Plans can still be judged against cards of the catalog.',
    zh: '只找到处理器内置的显卡，训练需要独立显卡。仍可针对目录中的显卡评估方案。'
  },
  'unknown-device': {
    en: 'A device is not in the catalog, so only what it reports itself is known of it. Judge against its reported memory, and check its features with the vendor.',
    zh: '有设备不在目录中，只能获知其自身报告的信息。请以其报告的显存评估，并向厂商确认其特性。'
  },
  'over-committed': {
    en: 'More memory is asked of a GPU than it has; the rest lies in the machine’s RAM and is slow. Close programs on that GPU, then detect again.',
    zh: '某块 GPU 上申请的显存超过其容量，超出部分位于系统内存中，速度很慢。请关闭该 GPU 上的程序后重新检测。'
  },
  'login-node': {
    en: 'This looks like the login node of a cluster, which has no GPU of its own. Detect on a compute node, or choose the cluster’s card from the catalog.',
    zh: '这似乎是集群的登录节点，本身没有 GPU。请在计算节点上检测，或从目录中选择该集群的显卡。'
  }
} as const satisfies Partial<Record<FindingCode, Record<Locale, string>>>
