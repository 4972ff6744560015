/** Elements are made from text only, never from markup: recordings hold untrusted text. */

/**
 * @typedef {Node | string | number | null | undefined | false} Child
 * @typedef {Record<string, string | number | boolean | EventListener | undefined>} Attributes
 */

/**
 * Makes an element. Attributes that begin with `on` are listeners; `false` and `undefined` leave one out.
 * @param {string} name
 * @param {Attributes} [attributes]
 * @param {...Child} children
 * @returns {HTMLElement}
 */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    if (typeof value === 'function') made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value === true ? '' : String(value));
  }
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    made.append(typeof child === 'object' ? child : String(child));
  }
  return made;
}

/**
 * A link inside the page.
 * @param {string} hash
 * @param {...Child} children
 */
export function link(hash, ...children) {
  return element('a', { href: `#${hash}` }, ...children);
}

/**
 * @param {string} text
 * @param {() => unknown} action
 * @param {Attributes} [attributes]
 */
export function button(text, action, attributes = {}) {
  return element('button', { type: 'button', ...attributes, onclick: () => void action() }, text);
}

/** @param {string} rfc3339 */
export function time(rfc3339) {
  const moment = new Date(rfc3339);
  return element('time', { datetime: rfc3339, title: moment.toLocaleString() }, moment.toLocaleTimeString());
}

/** @param {number} status */
export function statusBadge(status) {
  return element('span', { class: `badge status-${Math.floor(status / 100)}` }, status);
}

/** @param {number} bytes */
export function size(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 ** 2) return `${(bytes / 1024).toFixed(1)} KiB`;
  return `${(bytes / 1024 ** 2).toFixed(1)} MiB`;
}
