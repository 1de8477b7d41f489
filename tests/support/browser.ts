import { findProgram } from "../../scripts/engine/host_command.ts";

/** What a browser says that is no answer. */
interface BrowserMessage {
  readonly method?: string;
  readonly id?: number;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly message: string };
}

/** A key as the DevTools protocol names it. */
const keys = {
  Tab: { key: "Tab", code: "Tab", windowsVirtualKeyCode: 9 },
  Enter: { key: "Enter", code: "Enter", windowsVirtualKeyCode: 13, text: "\r" },
  Space: { key: " ", code: "Space", windowsVirtualKeyCode: 32, text: " " },
} as const;

/**
 * A page in Debian's Chromium without a window, driven by the DevTools protocol. `deno task test` installs the program
 * for test files that import this one.
 */
export class Browser implements AsyncDisposable {
  /** Exceptions, failed loads and violations of the page's policy, as the browser tells them. */
  readonly complaints: string[] = [];
  readonly #process: Deno.ChildProcess;
  readonly #directory: string;
  readonly #socket: WebSocket;
  readonly #errors: Promise<void>;
  readonly #waiting = new Map<
    number,
    {
      readonly resolve: (result: Readonly<Record<string, unknown>>) => void;
      readonly reject: (error: Error) => void;
    }
  >();
  #session: string | undefined;
  #id = 0;

  private constructor(
    process: Deno.ChildProcess,
    directory: string,
    socket: WebSocket,
    errors: Promise<void>,
  ) {
    this.#process = process;
    this.#directory = directory;
    this.#socket = socket;
    this.#errors = errors;
    socket.onmessage = ({ data }) => this.#hear(JSON.parse(String(data)));
    socket.onclose = () => {
      for (const { reject } of this.#waiting.values()) reject(new Error("the browser is gone"));
    };
  }

  /** Starts a browser with one empty page. */
  static async start(): Promise<Browser> {
    const program = findProgram("chromium");
    if (program === undefined) throw new Error("chromium is missing: deno task test installs it for root");
    const directory = await Deno.makeTempDir({ prefix: "mesolet-browser-" });
    const process = new Deno.Command(program, {
      args: [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--disable-extensions",
        "--disable-background-networking",
        "--no-proxy-server",
        "--remote-debugging-port=0",
        "--remote-allow-origins=*",
        `--user-data-dir=${directory}`,
        "about:blank",
      ],
      env: { HOME: directory, XDG_CONFIG_HOME: directory, XDG_CACHE_HOME: directory },
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const errors = readErrors(process.stderr);
    const address = await errors.address;
    const socket = new WebSocket(address);
    await new Promise<void>((resolve, reject) => {
      socket.onopen = () => resolve();
      socket.onerror = () => reject(new Error(`no connection to the browser at ${address}`));
    });
    const browser = new Browser(process, directory, socket, errors.ended);
    const { targetId } = await browser.#call("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await browser.#call("Target.attachToTarget", { targetId, flatten: true });
    browser.#session = String(sessionId);
    for (const domain of ["Page", "Runtime", "Log", "Network"]) await browser.#call(`${domain}.enable`);
    return browser;
  }

  async open(url: string): Promise<void> {
    await this.#call("Page.navigate", { url });
  }

  /** The value of an expression in the page; it has to be one that JSON can carry. */
  async evaluate<T>(expression: string): Promise<T> {
    const { result, exceptionDetails } = await this.#call("Runtime.evaluate", {
      expression,
      awaitPromise: true,
      returnByValue: true,
    });
    if (exceptionDetails !== undefined) throw new Error(`${expression}: ${JSON.stringify(exceptionDetails)}`);
    return (result as { readonly value: T }).value;
  }

  async press(name: keyof typeof keys, options: { readonly shift?: boolean } = {}): Promise<void> {
    const key = { ...keys[name], modifiers: options.shift === true ? 8 : 0 };
    await this.#call("Input.dispatchKeyEvent", { type: "keyDown", ...key });
    await this.#call("Input.dispatchKeyEvent", { type: "keyUp", ...key, text: undefined });
  }

  async type(text: string): Promise<void> {
    await this.#call("Input.insertText", { text });
  }

  /** Sizes are CSS pixels. */
  async look(options: {
    readonly width: number;
    readonly height: number;
    readonly colours: "light" | "dark";
  }): Promise<void> {
    const { width, height, colours } = options;
    await this.#call("Emulation.setDeviceMetricsOverride", {
      width,
      height,
      deviceScaleFactor: 1,
      mobile: false,
    });
    await this.#call("Emulation.setEmulatedMedia", {
      features: [{ name: "prefers-color-scheme", value: colours }],
    });
  }

  /** A picture of the page as a PNG. */
  async picture(): Promise<Uint8Array> {
    const { data } = await this.#call("Page.captureScreenshot", { format: "png" });
    return Uint8Array.from(atob(String(data)), (character) => character.charCodeAt(0));
  }

  /** The page's accessibility tree: role and name of every node that assistive technology is told of. */
  async accessible(): Promise<{ readonly role: string; readonly name: string }[]> {
    const { nodes } = await this.#call("Accessibility.getFullAXTree");
    const found = nodes as readonly {
      readonly ignored: boolean;
      readonly role?: { readonly value: string };
      readonly name?: { readonly value: string };
    }[];
    return found.filter(({ ignored }) => !ignored).map(({ role, name }) => ({
      role: role?.value ?? "",
      name: name?.value ?? "",
    }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#session = undefined;
    const closed = new Promise((resolve) => this.#socket.addEventListener("close", resolve, { once: true }));
    await this.#call("Browser.close").catch(() => {});
    await this.#process.status;
    await closed;
    await this.#errors;
    await Deno.remove(this.#directory, { recursive: true });
  }

  #call(
    method: string,
    params: Readonly<Record<string, unknown>> = {},
  ): Promise<Readonly<Record<string, unknown>>> {
    const id = ++this.#id;
    const { promise, resolve, reject } = Promise.withResolvers<Readonly<Record<string, unknown>>>();
    this.#waiting.set(id, { resolve, reject });
    const session = this.#session === undefined ? {} : { sessionId: this.#session };
    this.#socket.send(JSON.stringify({ id, method, params, ...session }));
    return promise;
  }

  #hear({ id, method, params, result, error }: BrowserMessage): void {
    if (id !== undefined) {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error !== undefined) waiting?.reject(new Error(error.message));
      else waiting?.resolve(result ?? {});
    } else if (method === "Runtime.exceptionThrown" || method === "Log.entryAdded") {
      const text = JSON.stringify(params);
      // Whenever the host gets or loses an interface, as with any container, the browser drops its connections.
      if (!text.includes("net::ERR_NETWORK_CHANGED")) this.complaints.push(text);
    }
  }
}

/** Reads all that the browser writes, so that it never waits for a reader, and finds where it listens. */
function readErrors(
  stream: ReadableStream<Uint8Array>,
): { readonly address: Promise<string>; readonly ended: Promise<void> } {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const ended = (async () => {
    let text = "";
    for await (const piece of stream.pipeThrough(new TextDecoderStream())) {
      text = (text + piece).slice(-10_000);
      const address = /^DevTools listening on (ws:\S+)$/m.exec(text)?.[1];
      if (address !== undefined) resolve(address);
    }
    reject(new Error(`the browser has ended: ${text}`));
  })();
  return { address: promise, ended };
}
