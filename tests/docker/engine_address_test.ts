import { formatEngineAddress, parseEngineAddress } from "../../src/docker/engine_address.ts";
import { ExitCode, MesoletError } from "../../src/pod/errors.ts";
import { assertEquals, assertThrows } from "../support/assert.ts";

Deno.test("addresses are read as Docker's client reads them", () => {
  const addresses: Readonly<Record<string, string>> = {
    "unix:///var/run/docker.sock": "unix:///var/run/docker.sock",
    "tcp://host:2376": "tcp://host:2376",
    "tcp://host": "tcp://host:2375",
    "tcp://host:2375/": "tcp://host:2375",
    "host:1234": "tcp://host:1234",
    "http://127.0.0.1:80": "tcp://127.0.0.1:80",
    "https://host:2376": "tcp://host:2376",
    "tcp://[::1]:2375": "tcp://[::1]:2375",
  };
  for (const [text, expected] of Object.entries(addresses)) {
    assertEquals(formatEngineAddress(parseEngineAddress(text, "DOCKER_HOST")), expected, text);
  }
});

Deno.test("what is not supported is refused with what to do", () => {
  const wrong: Readonly<Record<string, string>> = {
    "ssh://user@host": "Forward the socket",
    "npipe:////./pipe/docker_engine": "tcp://localhost:2375",
    "unix://relative": "unix:///absolute/path",
    "ftp://host": "begins with none of",
    "tcp://host:99999": "1…65535",
    "tcp://host:2375/prefix": "a path",
    "tcp://": "tcp://host:port",
  };
  for (const [text, why] of Object.entries(wrong)) {
    const error = assertThrows(() => parseEngineAddress(text, "DOCKER_HOST"), MesoletError, why);
    assertEquals(error.exitCode, ExitCode.configuration);
  }
});
