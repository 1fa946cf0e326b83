import { BarChart, LineChart } from 'echarts/charts'
import { AriaComponent, GridComponent, MarkAreaComponent, MarkLineComponent, TooltipComponent } from 'echarts/components'
import { use } from 'echarts/core'
import { CanvasRenderer } from 'echarts/renderers'

// Canvas: the SVG renderer writes style attributes on every redraw and is slower on stacked bars.
use([BarChart, LineChart, GridComponent, TooltipComponent, AriaComponent, MarkLineComponent, MarkAreaComponent, CanvasRenderer])
