import { sha256 } from "../../pod/sha256.ts";
import type { HttpAnswer } from "../http_answer.ts";
import frame from "./page.html" with { type: "text" };
import script from "./page_script.js" with { type: "text" };
import style from "./page.css" with { type: "text" };

let made: HttpAnswer | undefined;

/**
 * The status page: one document that loads nothing but data of this server. Its policy lets run exactly the script
 * and the style that are in it, and lets no text become markup.
 */
export function statusPage(): HttpAnswer {
  made ??= {
    status: 200,
    headers: {
      "Content-Type": "text/html; charset=utf-8",
      "Content-Security-Policy": [
        "default-src 'none'",
        `script-src '${hashOf(script)}'`,
        `style-src '${hashOf(style)}'`,
        "connect-src 'self'",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
      ].join("; "),
    },
    body: new TextEncoder().encode(
      // A function, since a text would be searched for "$&" and the like.
      frame.replace("<style></style>", () => `<style>${style}</style>`)
        .replace('<script type="module"></script>', () => `<script type="module">${script}</script>`),
    ),
  };
  return made;
}

/** As a Content-Security-Policy names an inline text. */
function hashOf(text: string): string {
  const bytes = sha256(text).match(/../g) ?? [];
  return `sha256-${btoa(String.fromCharCode(...bytes.map((byte) => parseInt(byte, 16))))}`;
}
