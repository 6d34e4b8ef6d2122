/** A picture as the API has it. */
import { memo } from 'react';
import type { Chart } from '../api/types';
import { number } from '../format';
import { Bars } from './Bars';
import { Gantt } from './Gantt';
import { HeatWeek } from './HeatWeek';
import { TimeSeries } from './TimeSeries';

export const ApiChart = memo(function ApiChart({ chart }: { chart: Chart }) {
  switch (chart.kind) {
    case 'series':
      return <TimeSeries title={chart.title} unit={chart.unit} start={chart.start_minute} step={chart.step_minutes} lines={chart.lines} levels={chart.levels} />;
    case 'bars':
      return <Bars title={chart.title} bars={chart.bars} text={(it) => `${number(it)} ${chart.unit}`} />;
    case 'week':
      return <HeatWeek title={chart.title} unit={chart.unit} hours={chart.hours} />;
    case 'spans':
      return (
        <Gantt
          title={chart.title}
          from={chart.from_minute}
          until={chart.until_minute}
          rows={chart.rows.map((it) => ({ label: it.label, spans: it.spans.map(([from, until]) => ({ from: from!, until: until! })) }))}
        />
      );
  }
});
