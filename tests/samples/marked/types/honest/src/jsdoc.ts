/**
 * The type {@link Map} of any value; use any object, `any` works, and see Function.
 *
 * @param {string} text - Any text.
 * @returns {number} Any number.
 */
export function size(text: string): number { return text.length; }
