/** The parts of ECharts that the widgets use; loaded as its own chunk by the widgets that draw. */
import { BarChart, LineChart, PieChart, ScatterChart } from 'echarts/charts'
import { AriaComponent, GridComponent, TooltipComponent } from 'echarts/components'
import { init, registerLocale, use } from 'echarts/core'
import { LabelLayout } from 'echarts/features'
import ru from 'echarts/i18n/langRU-obj.js'
import { CanvasRenderer } from 'echarts/renderers'

use([BarChart, LineChart, PieChart, ScatterChart, GridComponent, TooltipComponent, AriaComponent, LabelLayout, CanvasRenderer])
registerLocale('RU', ru as never)

export { init }
