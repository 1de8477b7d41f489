import { assertEquals } from "../support/assert.ts";
import { Browser } from "../support/browser.ts";
import { waitUntil } from "../support/wait.ts";
import type { FakeBoard } from "./fake_board.ts";
import { type Serving, serving } from "./serving.ts";

/** A window of a desk. */
export const wide = { width: 1_400, height: 900, colours: "light" } as const;

/** Runs a test with a page that shows a board. What the browser complains of fails it. */
export function onPage(
  what: string,
  board: () => FakeBoard,
  work: (page: Page) => Promise<void>,
  look: Parameters<Browser["look"]>[0] = wide,
): void {
  Deno.test(`chromium: ${what}`, async () => {
    await using server = await serving({ board: board() });
    await using browser = await Browser.start();
    await browser.look(look);
    const page = new Page(server, browser);
    await page.open();
    await work(page);
    assertEquals(browser.complaints, []);
  });
}

/** The page as a test looks at it. */
export class Page {
  constructor(readonly server: Serving, readonly browser: Browser) {}

  get board(): FakeBoard {
    return this.server.board;
  }

  async open(): Promise<void> {
    await this.browser.open(this.server.address);
    await waitUntil("the page shows the pods", async () => (await this.text("#summary")) !== "");
  }

  text(selector: string): Promise<string> {
    return this.browser.evaluate(`document.querySelector(${JSON.stringify(selector)})?.innerText ?? ""`);
  }

  texts(selector: string): Promise<string[]> {
    return this.browser.evaluate(
      `[...document.querySelectorAll(${JSON.stringify(selector)})].map((each) => each.innerText.trim())`,
    );
  }

  /** The cells of the rows that are shown. */
  rows(): Promise<string[][]> {
    return this.browser.evaluate(
      "[...document.querySelectorAll('tr.pod')].map((row) => [...row.cells].map((cell) => cell.innerText.trim()))",
    );
  }

  /** What has the focus, as assistive technology would say it. */
  focused(): Promise<string> {
    return this.browser.evaluate(
      "(({ ariaLabel, tagName, innerText, id }) => ariaLabel ?? (/^(A|BUTTON|H2)$/.test(tagName) ? innerText.trim() : id))" +
        "(document.activeElement)",
    );
  }

  /** Presses Tab until something has the focus. */
  async tabTo(wanted: string): Promise<void> {
    const seen: string[] = [];
    for (let count = 0; count < 60; count++) {
      await this.browser.press("Tab");
      const focused = await this.focused();
      if (focused === wanted) return;
      seen.push(focused);
    }
    throw new Error(`${wanted} is not reached by Tab, but ${seen.join(", ")}`);
  }
}

/** Texts whose contrast with what is behind them is less than 4.5 to 1 (WCAG 2.2, 1.4.3). */
export const weakTexts = `(() => {
  const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = ([red, green, blue]) => {
    const [r, g, b] = [red, green, blue].map((part) => part / 255)
      .map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    for (let each = element; each !== null; each = each.parentElement) {
      const colour = rgb(getComputedStyle(each).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const weak = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (walker.currentNode.data.trim() === "" || !element.checkVisibility() || element.closest("script")) continue;
    const [one, two] = [light(rgb(getComputedStyle(element).color)), light(behind(element))];
    const contrast = (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05);
    if (contrast < 4.5) weak.push(contrast.toFixed(1) + " " + walker.currentNode.data.trim());
  }
  return weak;
})()`;
