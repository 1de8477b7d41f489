/** Makes an element. Children that are texts become texts: nothing that is told becomes markup. */
export function make<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Readonly<Record<string, string>> = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/** An element of page.html. */
export function find(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`the page has no ${id}`);
  return element;
}

/** Sets a text only when it is another one: what did not change is not drawn, and not read out, again. */
export function setText(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** A state, told by word, colour and shape. */
export function mark(text: string, tone: string): HTMLElement {
  return make("span", { class: `mark ${tone}` }, text);
}

/** A name that others chose: its direction of writing does not reach beyond it. */
export function name(text: string): HTMLElement {
  return make("bdi", {}, text);
}

/** A cell of a table that is laid out as a list on narrow screens, with its title in front there. */
export function cell(title: string, content: Node | string): HTMLElement {
  return make("td", { role: "cell", "data-title": title }, content);
}

/**
 * Lets a button be pressed, or not.
 *
 * @param instead what gets the focus where the button has it: it would drop to the top of the page
 */
export function setDisabled(id: string, disabled: boolean, instead: string): void {
  const button = find(id);
  if (!(button instanceof HTMLButtonElement)) return;
  if (disabled && document.activeElement === button) find(instead).focus({ preventScroll: true });
  button.disabled = disabled;
}
