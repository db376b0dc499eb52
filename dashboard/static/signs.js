/**
 * The alarm signs: octagon, triangle, circle. Shape and words go with the colour, always.
 */
import { svgNode } from './dom.js';

const SHAPES = {
  high: () => [
    svgNode('path', {
      d: 'M29.3 4h41.4L96 29.3v41.4L70.7 96H29.3L4 70.7V29.3z',
      fill: 'var(--high)', stroke: '#fff', 'stroke-width': 7, 'stroke-linejoin': 'round',
    }),
    svgNode('path', { d: 'M50 23v32', stroke: '#fff', 'stroke-width': 12, 'stroke-linecap': 'round' }),
    svgNode('circle', { cx: 50, cy: 75, r: 7.5, fill: '#fff' }),
  ],
  medium: () => [
    svgNode('path', {
      d: 'M50 9 95 88H5z',
      fill: 'var(--medium)', stroke: 'var(--medium-edge)', 'stroke-width': 7, 'stroke-linejoin': 'round',
    }),
    svgNode('path', { d: 'M50 37v23', stroke: 'var(--on-medium)', 'stroke-width': 10, 'stroke-linecap': 'round' }),
    svgNode('circle', { cx: 50, cy: 75, r: 6, fill: 'var(--on-medium)' }),
  ],
  low: () => [
    svgNode('circle', { cx: 50, cy: 50, r: 43, fill: 'var(--low)', stroke: 'var(--low-edge)', 'stroke-width': 7 }),
    svgNode('circle', { cx: 50, cy: 30, r: 6.5, fill: 'var(--on-low)' }),
    svgNode('path', { d: 'M50 47v26', stroke: 'var(--on-low)', 'stroke-width': 11, 'stroke-linecap': 'round' }),
  ],
};

/** @param {'high' | 'medium' | 'low'} priority */
export function sign(priority) {
  return svgNode('svg', { class: 'sign', viewBox: '0 0 100 100', 'aria-hidden': 'true' }, ...SHAPES[priority]());
}
