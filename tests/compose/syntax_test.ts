import { isIpAddress, parseShortPort } from "../../src/compose/port_syntax.ts";
import { cleanPath, parseShortVolume } from "../../src/compose/volume_syntax.ts";
import { assertEquals, assertThrows } from "../support/assert.ts";

Deno.test("short ports are read", () => {
  const cases: [text: string, ports: string[]][] = [
    ["80", ["tcp 80"]],
    ["8080:80", ["tcp 80 <- 8080"]],
    ["8080:80/udp", ["udp 80 <- 8080"]],
    ["53:53/UDP", ["udp 53 <- 53"]],
    ["3000-3001", ["tcp 3000", "tcp 3001"]],
    ["9090-9091:8080-8081", ["tcp 8080 <- 9090", "tcp 8081 <- 9091"]],
    ["8000-9000:80", ["tcp 80 <- 8000-9000"]],
    ["127.0.0.1:8001:8001", ["tcp 8001 <- 127.0.0.1 8001"]],
    ["127.0.0.1::80", ["tcp 80 <- 127.0.0.1"]],
    ["[::1]:80:80", ["tcp 80 <- ::1 80"]],
    [":80", ["tcp 80"]],
    ["0:80", ["tcp 80 <- 0"]],
  ];
  for (const [text, ports] of cases) {
    const shown = parseShortPort(text).map((port) => {
      const host = [port.host_ip, port.published].filter((part) => part !== undefined).join(" ");
      return `${port.protocol} ${port.target}${host === "" ? "" : ` <- ${host}`}`;
    });
    assertEquals(shown, ports, text);
  }
});

Deno.test("what is no port is refused", () => {
  const texts = [
    "",
    "abc",
    "80:",
    "99999",
    "80-70",
    "0",
    "80:0",
    "80:80-81",
    "::1:80:80",
    "[::1:80:80",
    "80:80:80:80",
    " 80:80",
    "80/icmp",
    "1.2.3:80:80",
    "-1",
  ];
  for (const text of texts) assertThrows(() => parseShortPort(text), RangeError);
});

Deno.test("addresses are told from other text", () => {
  for (
    const text of [
      "0.0.0.0",
      "255.1.2.3",
      "::",
      "::1",
      "1::",
      "fe80::1:2",
      "1:2:3:4:5:6:7:8",
      "::ffff:1.2.3.4",
    ]
  ) {
    assertEquals(isIpAddress(text), true, text);
  }
  for (
    const text of [
      "",
      "1.2.3",
      "1.2.3.256",
      "01.2.3.4",
      ":::",
      "1::2::3",
      "1:2:3:4:5:6:7",
      "1:2:3:4:5:6:7:8:9",
      "g::",
      "host",
    ]
  ) {
    assertEquals(isIpAddress(text), false, text);
  }
});

Deno.test("short volumes are read", () => {
  const cases: [text: string, volume: string][] = [
    ["/data", '{"type":"volume","target":"/data","volume":{}}'],
    ["data:/d", '{"type":"volume","source":"data","target":"/d","volume":{}}'],
    ["data:/d:ro", '{"type":"volume","source":"data","target":"/d","read_only":true,"volume":{}}'],
    ["data:/d:nocopy", '{"type":"volume","source":"data","target":"/d","volume":{"nocopy":true}}'],
    ["./a:/b", '{"type":"bind","source":"./a","target":"/b","bind":{"create_host_path":true}}'],
    ["~/a:/b/", '{"type":"bind","source":"~/a","target":"/b","bind":{"create_host_path":true}}'],
    [
      "/a:/b//c/../d:rw,z",
      '{"type":"bind","source":"/a","target":"/b/d","bind":{"selinux":"z","create_host_path":true}}',
    ],
    [
      "/a:/b:rslave,ro",
      '{"type":"bind","source":"/a","target":"/b","bind":{"propagation":"rslave","create_host_path":true},"read_only":true}',
    ],
    [
      "/a:/b:cached,delegated",
      '{"type":"bind","source":"/a","target":"/b","bind":{"create_host_path":true}}',
    ],
    ["C:\\a:/b", '{"type":"bind","source":"C:\\\\a","target":"/b","bind":{"create_host_path":true}}'],
    ["v:/d", '{"type":"volume","target":"v:/d","volume":{}}'],
    ["v.x:/d", '{"type":"volume","source":"v.x","target":"/d","volume":{}}'],
    ["${A:-x}:/d", '{"type":"volume","source":"${A:-x}","target":"/d","volume":{}}'],
  ];
  for (const [text, volume] of cases) assertEquals(JSON.stringify(parseShortVolume(text)), volume, text);
});

Deno.test("what is no volume is refused", () => {
  for (const text of ["", ":/d", "/a::ro", "/a:/b:ro:x", "data:"]) {
    assertThrows(() => parseShortVolume(text), RangeError);
  }
});

Deno.test("paths are made as short as they can be", () => {
  const cases: [path: string, clean: string][] = [
    ["/", "/"],
    ["/a//b/./c/../d/", "/a/b/d"],
    ["/../a", "/a"],
    ["a/..", "."],
    ["../a", "../a"],
    ["a/../../b", "../b"],
    ["", "."],
  ];
  for (const [path, clean] of cases) assertEquals(cleanPath(path), clean, path);
});
