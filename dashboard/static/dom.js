/**
 * The few things that every drawing module needs from the DOM.
 */

const SVG = 'http://www.w3.org/2000/svg';

/** @param {string} id @returns {HTMLElement} */
export const byId = (id) => document.getElementById(id);

/** An SVG element with attributes and children. */
export function svgNode(tag, attributes = {}, ...children) {
  const node = document.createElementNS(SVG, tag);
  setAll(node, attributes);
  node.append(...children);
  return node;
}

/** An HTML element with a class and children. */
export function node(tag, className = '', ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

/** Writes attributes only where they differ: an unchanged one costs a repaint too. */
export function setAll(target, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    const text = String(value);
    if (target.getAttribute(name) !== text) target.setAttribute(name, text);
  }
}

/** Writes text only where it differs, so that screen readers and the layout are left alone. */
export function setText(target, text) {
  if (target.textContent !== text) target.textContent = text;
}

/** @param {Element} target @param {boolean} shown */
export function show(target, shown) {
  if (target.hasAttribute('hidden') === shown) target.toggleAttribute('hidden', !shown);
}

/** @param {string} token name of a design token @returns {string} its value in the present theme */
export const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

export const reducedMotion = () => matchMedia('(prefers-reduced-motion: reduce)').matches;
