import type { Locale } from '../../units/index.ts'
import type { FindingCode } from '../hardware.ts'

/** Causes and remedies are NVIDIA’s own and those that owners reported. */
export const NVIDIA_FINDINGS = {
  'no-nvidia-smi': {
    en: 'No NVIDIA driver was found on this machine (no nvidia-smi). Plans can still be judged against cards of the catalog. If a card is installed, install its driver; under WSL, install the driver in Windows only.',
    zh: '本机未找到 NVIDIA 驱动（没有 nvidia-smi）。仍可针对目录中的显卡评估方案。如果已安装显卡，请安装其驱动；在 WSL 中只需在 Windows 侧安装驱动。'
  },
  'no-nvidia-tools': {
    en: 'An NVIDIA card and its driver are present, but not the tool that tells what is in use (nvidia-smi). Install the driver’s utilities (nvidia-utils); start a container with the driver capability “utility”.',
    zh: '检测到 NVIDIA 显卡及其驱动，但缺少查询占用情况的工具（nvidia-smi）。请安装驱动附带工具（nvidia-utils）；容器启动时请启用驱动能力“utility”。'
  },
  'no-devices': {
    en: 'The NVIDIA driver runs but finds no usable card. Check power and seating, pass-through to a virtual machine, and whether the driver flavour (open or proprietary) suits the card.',
    zh: 'NVIDIA 驱动已运行，但没有可用的显卡。请检查供电与插槽、是否已直通给虚拟机，以及驱动类型（开源或专有）是否适用于该卡。'
  },
  'driver-not-loaded': {
    en: 'The NVIDIA driver is not running. Reboot; after a kernel update rebuild its module (DKMS), and check that Secure Boot allows it. Under WSL, update the Windows driver, then run “wsl --shutdown”.',
    zh: 'NVIDIA 驱动未运行。请重启；若刚更新过内核，请重新构建驱动模块（DKMS），并确认安全启动允许加载。在 WSL 中请更新 Windows 驱动，然后执行“wsl --shutdown”。'
  },
  'version-mismatch': {
    en: 'The driver was updated while its old kernel module still runs. Reboot to finish the update; running jobs go on until then.',
    zh: '驱动已更新，但旧的内核模块仍在运行。请重启以完成更新；在此之前正在运行的任务不受影响。'
  },
  'tool-mismatch': {
    en: 'This nvidia-smi belongs to another driver version. Remove the foreign one from PATH, or rebuild the container with the host’s driver.',
    zh: '当前的 nvidia-smi 属于其他驱动版本。请从 PATH 中移除，或使用与宿主机一致的驱动重建容器。'
  },
  'no-library': {
    en: 'nvidia-smi cannot find the driver’s library (libnvidia-ml). Restore LD_LIBRARY_PATH (an ssh session into a container loses it), or reinstall the driver.',
    zh: 'nvidia-smi 找不到驱动库（libnvidia-ml）。请恢复 LD_LIBRARY_PATH（通过 ssh 进入容器时会丢失），或重新安装驱动。'
  },
  'no-permission': {
    en: 'This user may not open the NVIDIA devices. Check the rights of /dev/nvidia*, or start the container with its GPUs.',
    zh: '当前用户无权访问 NVIDIA 设备。请检查 /dev/nvidia* 的权限，或在启动容器时分配 GPU。'
  },
  'wsl-blocked': {
    en: 'The operating system blocks GPU access. Under WSL, run “wsl --shutdown” in Windows and start again, update the Windows driver, and check that no policy disables GPU access.',
    zh: '操作系统阻止了 GPU 访问。在 WSL 中请于 Windows 侧执行“wsl --shutdown”后重新启动，更新 Windows 驱动，并检查是否有策略禁用了 GPU。'
  },
  'container-lost': {
    en: 'The NVIDIA driver cannot be reached; in a container this means that it has lost its GPU devices. Restart the container.',
    zh: '无法访问 NVIDIA 驱动；在容器中，这表示容器已失去其 GPU 设备。请重启容器。'
  },
  'gpu-lost': {
    en: 'A GPU has fallen off the bus, and others may be missing from the list because of it. Reboot the machine; if it happens again, check the card’s power and slot.',
    zh: '有 GPU 已从总线上脱落，其他 GPU 也可能因此未列出。请重启机器；若再次发生，请检查该卡的供电与插槽。'
  },
  'gpu-unreachable': {
    en: 'One GPU does not answer. Reboot the machine; if it stays silent, the card or its slot is faulty.',
    zh: '有一块 GPU 没有响应。请重启机器；若仍无响应，则显卡或插槽可能存在故障。'
  },
  'inforom-corrupted': {
    en: 'A GPU’s infoROM is corrupted. The card can be used; report it to the vendor.',
    zh: '有 GPU 的 infoROM 已损坏。显卡仍可使用，请联系供应商。'
  },
  'failed': {
    en: 'nvidia-smi failed. Run it in a terminal and follow what it says; reinstall the driver if it gives no reason.',
    zh: 'nvidia-smi 运行失败。请在终端中运行并按其提示处理；若没有提示，请重新安装驱动。'
  },
  'unreadable-output': {
    en: 'What nvidia-smi answered is no report of GPUs. Run “nvidia-smi -q -x” in a terminal and check which program answers.',
    zh: 'nvidia-smi 返回的内容不是 GPU 报告。请在终端中运行“nvidia-smi -q -x”，确认实际执行的是哪个程序。'
  },
  'too-much-output': {
    en: 'nvidia-smi wrote far more than a report and was stopped. Run “nvidia-smi -q -x” in a terminal and check which program answers.',
    zh: 'nvidia-smi 的输出远超正常报告，已被终止。请在终端中运行“nvidia-smi -q -x”，确认实际执行的是哪个程序。'
  },
  'incomplete-list': {
    en: 'The report of nvidia-smi is incomplete; there may be more GPUs than shown. Detect again.',
    zh: 'nvidia-smi 的报告不完整，实际 GPU 可能多于所列。请重新检测。'
  },
  'mig-without-instances': {
    en: 'MIG is on, but the card is not divided: nothing can run on it. Create GPU instances (nvidia-smi mig -cgi … -C), or turn MIG off.',
    zh: 'MIG 已启用但尚未划分实例，无法在该卡上运行任务。请创建 GPU 实例（nvidia-smi mig -cgi … -C），或关闭 MIG。'
  },
  'compute-restricted': {
    en: 'A GPU’s compute mode admits one program only, or none, however much memory is free. Run “nvidia-smi -c DEFAULT” as administrator to share it.',
    zh: '有 GPU 的计算模式仅允许一个程序使用或完全禁止，与剩余显存无关。如需共享，请以管理员身份运行“nvidia-smi -c DEFAULT”。'
  },
  'no-cuda': {
    en: 'The driver reports no CUDA, so training cannot run here. On a vGPU host, run inside a guest; else reinstall the driver.',
    zh: '驱动未报告 CUDA，无法在此训练。若为 vGPU 宿主机，请在虚拟机中运行；否则请重新安装驱动。'
  },
  'open-driver': {
    en: 'An NVIDIA card runs on the open nouveau driver, which has no CUDA. Install NVIDIA’s own driver, then reboot.',
    zh: 'NVIDIA 显卡正在使用开源的 nouveau 驱动，它不支持 CUDA。请安装 NVIDIA 官方驱动后重启。'
  },
  'shared-limit': {
    en: 'This container may use only a part of the GPU’s memory; the smaller figure counts.',
    zh: '该容器只能使用 GPU 的一部分显存，以较小的数值为准。'
  },
  'unlicensed-vgpu': {
    en: 'This virtual GPU has no licence and is slowed down after some minutes. Point the guest to a licence server before training.',
    zh: '此虚拟 GPU 没有许可证，数分钟后会被降速。请在训练前为虚拟机配置许可证服务器。'
  },
  'lone-gpu': {
    en: 'One GPU has no NVLink to the others, which have it among themselves. Keep it out of multi-GPU runs, and have its seating and the NVSwitch fabric checked.',
    zh: '有一块 GPU 与其他 GPU 之间没有 NVLink，而其他 GPU 之间均有。请勿将其纳入多卡任务，并检查其安装与 NVSwitch 互连。'
  },
  'fabric-not-ready': {
    en: 'The NVLink fabric is not ready, so runs over several GPUs fail. Start the fabric manager (nvidia-fabricmanager) of the driver’s version, then detect again.',
    zh: 'NVLink 互连尚未就绪，多卡任务会失败。请启动与驱动版本一致的 nvidia-fabricmanager 后重新检测。'
  }
} as const satisfies Partial<Record<FindingCode, Record<Locale, string>>>
