import type { Locale } from '#shared/units/index.ts'

const GENERAL: Readonly<Record<Locale, string>> = {
  en: `headroom: will this fine-tuning run fit on these GPUs?

Usage: headroom COMMAND …

  plan       print a complete plan to start from
  estimate   memory of a plan, by phase and by category
  explain    what holds the memory, what changes would save, and why it is so much
  fit        judge a plan against GPUs, yours or others
  compare    plans side by side, as a table, Markdown, CSV or a page
  sweep      which values of two settings fit, and the largest of each
  profile    set a plan as TRL, LLaMA-Factory, Unsloth … would run it
  detect     show this machine's GPUs, or those of a host over ssh
  watch      show their memory live
  models     search the catalog of models
  gpus       search the catalog of GPUs
  list       list the saved scenarios
  export     write saved scenarios, or the whole library, to a file
  import     add the scenarios of a file to the library
  serve      serve the workbench to a browser

Options of every command:
  --lang en|zh   language (default: from LC_ALL or LANG)
  --help         how to use the command

Exit codes: 0 done, or fits; 2 bad input or usage; 3 does not fit.

First steps:
  headroom plan --model llama-3.1-8b --method qlora > plan.json
  headroom fit plan.json --gpu "RTX 4090"`,
  zh: `headroom：这次微调能否在这些 GPU 上运行？

用法：headroom 命令 …

  plan       输出一份完整的初始方案
  estimate   估算方案的显存，按阶段和类别列出
  explain    显存由什么占用、各项调整能节省多少、为何如此之大
  fit        针对 GPU（本机或其他）评估方案
  compare    并列比较多个方案，可输出表格、Markdown、CSV 或网页
  sweep      两项设置的哪些取值可以容纳，以及各项的最大值
  profile    按 TRL、LLaMA-Factory、Unsloth 等框架的默认值设置方案
  detect     显示本机或远程主机（ssh）的 GPU
  watch      实时显示其显存
  models     搜索模型目录
  gpus       搜索 GPU 目录
  list       列出已保存的方案
  export     将方案或整个库导出为文件
  import     将文件中的方案加入库
  serve      在浏览器中提供工作台

所有命令的通用选项：
  --lang en|zh   语言（默认取自 LC_ALL 或 LANG）
  --help         查看命令用法

退出码：0 完成或可以运行；2 输入或用法有误；3 无法运行。

快速开始：
  headroom plan --model llama-3.1-8b --method qlora > plan.json
  headroom fit plan.json --gpu "RTX 4090"`
}

const COMMAND: Readonly<Record<string, Readonly<Record<Locale, string>>>> = {
  compare: {
    en: `Usage: headroom compare A.json B.json … [--gpu NAME] [--baseline N] [--format table|markdown|csv|html] [--all]

Plans side by side: verdict, memory, phases, categories, host and the settings that differ, measured against the first plan
(or --baseline N). Only what differs, unless --all. The html page stands alone: save it, send it.`,
    zh: `用法：headroom compare A.json B.json … [--gpu 名称] [--baseline N] [--format table|markdown|csv|html] [--all]

并列比较方案：结论、显存、阶段、构成、主机及不同的设置，以第一个方案（或 --baseline N）为基准。默认只列出差异，--all 列出全部。
html 为可独立保存与发送的单个网页。`
  },
  sweep: {
    en: `Usage: headroom sweep PLAN.json [--x SETTING[=V,V…]] [--y SETTING[=V,V…]] [--gpu NAME] [--json]

Estimates every combination of two settings and says where the plan stops fitting; below it the largest value of each setting
alone that fits. Settings: sequenceLength, microBatch, rank, trainableLayers, promptLength, completionLength, generationBatch.`,
    zh: `用法：headroom sweep PLAN.json [--x 设置[=值,值…]] [--y 设置[=值,值…]] [--gpu 名称] [--json]

估算两项设置的所有组合，指出从何处开始无法容纳；其下列出各项单独可取的最大值。
可选设置：sequenceLength、microBatch、rank、trainableLayers、promptLength、completionLength、generationBatch。`
  },
  plan: {
    en: `Usage: headroom plan [--model ID] [--method KIND] [--algorithm NAME]

Prints a complete plan as JSON: Llama-3.1-8B with LoRA unless said otherwise. Save it, change it, and give it to
“headroom estimate” or “headroom fit”.

  --model ID       a model of the catalog (“headroom models”)
  --method KIND    full, freeze, lora (default), qlora, vera, ia3, oft, prefix, prompt or p-tuning
  --algorithm NAME sft (default), reward-model, prm, dpo, kto, bco, orpo, cpo, online-dpo, ppo, grpo, rloo,
                   reinforce-plus-plus or remax`,
    zh: `用法：headroom plan [--model ID] [--method KIND] [--algorithm NAME]

以 JSON 输出一份完整方案，默认为 Llama-3.1-8B 的 LoRA 微调。保存并修改后，可交给“headroom estimate”或“headroom fit”。

  --model ID       目录中的模型（“headroom models”）
  --method 类型    full、freeze、lora（默认）、qlora、vera、ia3、oft、prefix、prompt 或 p-tuning
  --algorithm 名称 sft（默认）、reward-model、prm、dpo、kto、bco、orpo、cpo、online-dpo、ppo、grpo、rloo、
                   reinforce-plus-plus 或 remax`
  },
  estimate: {
    en: `Usage: headroom estimate PLAN.json [--json] [--fast]
       headroom estimate --batch PLANS.jsonl [--fast]

Says how much GPU memory the plan needs: peak by phase, breakdown at the peak, totals with their intervals.
“-” reads standard input.

  --json           print the whole estimate as JSON, bytes as numbers
  --batch FILE     one plan a line; prints one JSON object a line: {"line", "estimate"} without plan and parts, or
                   {"line", "problems"}. The other lines go on; exit 2 at the end if any line was bad
  --fast           same peaks, but reserved memory is bounded instead of replayed; for many plans`,
    zh: `用法：headroom estimate PLAN.json [--json] [--fast]
      headroom estimate --batch PLANS.jsonl [--fast]

估算方案所需显存：各阶段峰值、峰值构成、总量及区间。“-”表示从标准输入读取。

  --json           以 JSON 输出完整估算，单位为字节
  --batch 文件     每行一份方案，每行输出一个 JSON 对象：{"line", "estimate"}（不含 plan 与 parts），
                   或 {"line", "problems"}。出错的行不影响其他行；若有错误，最终退出码为 2
  --fast           峰值相同，但保留显存为快速估计而非重放；适合大量方案`
  },
  explain: {
    en: `Usage: headroom explain PLAN.json [--json]

Shows the largest buffers at the peak (what, shape, type, count, source), what LoRA, checkpointing, smaller batches and other
changes would each save on this very plan, and why it needs more than parameters × bytes. “-” reads standard input.

  --json           print estimate, savings and comparison as JSON, bytes as numbers`,
    zh: `用法：headroom explain PLAN.json [--json]

列出峰值时最大的缓冲区（内容、形状、类型、数量、来源），LoRA、梯度检查点、更小批次等调整在该方案上各能节省多少，
以及为何超过“参数量 × 字节数”。“-”表示从标准输入读取。

  --json           以 JSON 输出估算、节省与对比，单位为字节`
  },
  fit: {
    en: `Usage: headroom fit PLAN.json [--gpu NAME… | --host NAME] [--reserve 0.3] [--json] [--fast]

Judges a plan against each GPU: named ones of the catalog, or this machine's with their present free memory when none
is named. “-” reads the plan from standard input.

  --gpu NAME       a card of the catalog, such as "RTX 4090" or a100-80gb (“headroom gpus”); may be repeated
  --host NAME      the GPUs of a host over ssh, with their present free memory
  --reserve SHARE  share of each card to keep free, 0.3 by default; also 30%
  --json           print outcome, devices and estimate as JSON, bytes as numbers
  --fast           reserved memory is bounded instead of replayed

Exit codes: 0 at least one GPU holds the run, if need be within its reserve (“tight”); 3 none does; 2 bad input, or no
GPU was named and none was found here.`,
    zh: `用法：headroom fit PLAN.json [--gpu 名称… | --host 主机] [--reserve 0.3] [--json] [--fast]

针对每块 GPU 评估方案：目录中指定的型号；未指定时为本机 GPU 及其当前剩余显存。“-”表示从标准输入读取方案。

  --gpu 名称       目录中的显卡，例如 "RTX 4090" 或 a100-80gb（“headroom gpus”）；可重复
  --host 主机      通过 ssh 访问的主机的 GPU 及其当前剩余显存
  --reserve 比例   每块卡应保留的比例，默认 0.3；也可写作 30%
  --json           以 JSON 输出结论、设备与估算，单位为字节
  --fast           保留显存为快速估计而非重放

退出码：0 至少一块 GPU 可运行（包括需占用保留部分的“勉强可行”）；3 均无法运行；2 输入有误，或未指定 GPU 且本机没有。`
  },
  profile: {
    en: `Usage: headroom profile
       headroom profile ID PLAN.json [--plan] [--json]

Lists the frameworks whose defaults are known, or shows what one would set in a plan and the file that says so: types,
autocast, checkpointing, loss, optimizer, attention, kernels. Model, method, rank and batch stay. “-” reads standard input.

  --plan           print the plan with the defaults applied, to save it
  --json           print plan, changes and notes as JSON`,
    zh: `用法：headroom profile
      headroom profile ID PLAN.json [--plan] [--json]

列出已知默认值的框架；或显示某个框架会在方案中设置什么及其出处：类型、autocast、检查点、损失、优化器、注意力、算子。
模型、方法、秩与批次保持不变。“-”表示从标准输入读取。

  --plan           输出应用默认值后的方案，便于保存
  --json           以 JSON 输出方案、改动与说明`
  },
  detect: {
    en: `Usage: headroom detect [--host NAME | --from FILE] [--json]

Shows this machine's GPUs and other accelerators: memory, links, processes, and what was found amiss. Exit 0 also when there
is none.

  --host NAME      look at a host over ssh instead, as your ssh configuration knows it; no password is ever asked for.
                   Exit 1 when it cannot be reached
  --from FILE      read what nvidia-smi printed elsewhere (its table, -q, -q -x, -L), or another vendor's tool; “-” reads standard
                   input
  --json           as JSON`,
    zh: `用法：headroom detect [--host 主机 | --from 文件] [--json]

显示本机的 GPU 及其他加速器：显存、互连、进程以及发现的问题。没有 GPU 时退出码同样为 0。

  --host 主机      改为通过 ssh 查看远程主机，使用现有的 ssh 配置，从不询问密码；无法连接时退出码为 1
  --from 文件      读取其他机器上 nvidia-smi 的输出（默认表格、-q、-q -x、-L），或其他厂商工具的输出；“-”表示从标准输入读取
  --json           以 JSON 输出`
  },
  watch: {
    en: `Usage: headroom watch [--host NAME] [--interval 1] [--count N] [--json | --csv]

Shows the GPUs' memory, load, heat and processes live, of this machine or of a host over ssh, until Ctrl+C. What happens between
two readings is not seen. Exit 1 when the readings end for good; the reason goes to the standard error.

  --host NAME      a host as your ssh configuration knows it
  --interval S     seconds between readings, 0.5 to 60
  --count N        end after so many readings
  --json           a JSON object a line, bytes as numbers
  --csv            a row per reading and device`,
    zh: `用法：headroom watch [--host 主机] [--interval 1] [--count N] [--json | --csv]

实时显示本机或远程主机（ssh）的显存、负载、温度与进程，按 Ctrl+C 结束。两次读数之间的变化无法看到。
读数彻底中断时退出码为 1，原因输出到标准错误。

  --host 主机      ssh 配置中的主机
  --interval 秒    读数间隔，0.5 到 60
  --count N        读取 N 次后结束
  --json           每行一个 JSON 对象，单位为字节
  --csv            每次读数、每个设备一行`
  },
  models: {
    en: `Usage: headroom models [SEARCH] [--limit 20] [--json]

Searches the catalog of models: headroom models qwen 7b. Without SEARCH, the most used first.`,
    zh: `用法：headroom models [搜索词] [--limit 20] [--json]

搜索模型目录：headroom models qwen 7b。不带搜索词时，常用模型在前。`
  },
  gpus: {
    en: `Usage: headroom gpus [SEARCH] [--limit 20] [--json]

Searches the catalog of GPUs: headroom gpus 4090. The id or the name can be given to “headroom fit --gpu”.`,
    zh: `用法：headroom gpus [搜索词] [--limit 20] [--json]

搜索 GPU 目录：headroom gpus 4090。所列 id 或名称可用于“headroom fit --gpu”。`
  },
  list: {
    en: `Usage: headroom list [SEARCH] [--limit 50] [--trash] [--json]

Lists the saved scenarios, newest change first. SEARCH is looked for in names, notes, tags, models, methods and algorithms:
headroom list qwen 客服.

  --limit N        at most that many, up to 200
  --trash          what is in the trash
  --json           as JSON`,
    zh: `用法：headroom list [搜索词] [--limit 50] [--trash] [--json]

列出已保存的方案，最近修改的在前。在名称、备注、标签、模型、方法与算法中搜索：headroom list qwen 客服。

  --limit N        最多列出 N 个，上限 200
  --trash          列出回收站
  --json           以 JSON 输出`
  },
  export: {
    en: `Usage: headroom export NAME… > FILE.headroom.json
       headroom export --all > FILE.headroom.json
       headroom export --library > FILE.db

Writes saved scenarios with their notes, tags and measured runs as one JSON document, or a checked copy of the whole library
with its trash and history. The library must not be open in another Headroom.

  --all            every scenario outside the trash
  --library        the whole library, as a SQLite file`,
    zh: `用法：headroom export 名称… > 文件.headroom.json
      headroom export --all > 文件.headroom.json
      headroom export --library > 文件.db

将方案连同备注、标签与实测记录导出为一份 JSON 文档；或导出整个库（含回收站与历史）的已校验副本。
导出时，库不能同时在另一个 Headroom 中打开。

  --all            回收站以外的全部方案
  --library        整个库，SQLite 文件`
  },
  import: {
    en: `Usage: headroom import FILE [--preview] [--json]

Adds to the library what a file holds: exported scenarios, a plan, or a whole library (also a backup). Nothing is overwritten:
an equal scenario is left out, one whose name is taken gets a number. “-” reads standard input.

  --preview        show what would be added; change nothing
  --json           what became of each scenario, as JSON

Exit codes: 0 done; 2 something in the file was refused, the rest was added.`,
    zh: `用法：headroom import 文件 [--preview] [--json]

将文件中的内容加入库：导出的方案文档、单个方案文件或整个库（也可以是备份）。不会覆盖已有内容：相同的方案跳过，重名的自动编号。
“-”表示从标准输入读取。

  --preview        仅显示将添加的内容，不作改动
  --json           以 JSON 输出每个方案的处理结果

退出码：0 完成；2 文件中有内容被拒绝，其余已添加。`
  },
  serve: {
    en: `Usage: headroom serve [--host 127.0.0.1] [--port N]

Serves the workbench to a browser and prints its address with a token. Ctrl+C ends it.

  --host NAME      interface to listen on; this machine only by default
  --port N         a free one by default`,
    zh: `用法：headroom serve [--host 127.0.0.1] [--port N]

在浏览器中提供工作台，并输出带令牌的地址。按 Ctrl+C 结束。

  --host 名称      监听的接口；默认仅限本机
  --port N         默认自动选择空闲端口`
  }
}

/** The help of a command, or of the whole program, as lines. */
export const helpOf = (command: string | null, locale: Locale): string[] =>
  (command === null ? GENERAL : COMMAND[command]!)[locale].split('\n')
