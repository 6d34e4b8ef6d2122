/** How wide a chart's place is. */
import { type RefObject, useLayoutEffect, useRef, useState } from 'react';

export function useWidth(): [RefObject<HTMLDivElement | null>, number] {
  const place = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(640);
  useLayoutEffect(() => {
    const it = place.current;
    if (!it) return;
    const measure = () => setWidth(Math.max(220, Math.floor(it.clientWidth)));
    measure();
    const watch = new ResizeObserver(measure);
    watch.observe(it);
    return () => watch.disconnect();
  }, []);
  return [place, width];
}
