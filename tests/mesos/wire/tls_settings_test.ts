import { loadTls, readTlsSettings } from "../../../src/mesos/wire/tls_settings.ts";
import { MesoletError } from "../../../src/pod/errors.ts";
import { assertEquals, assertRejects, assertThrows } from "../../support/assert.ts";

const on = { LIBPROCESS_SSL_ENABLED: "1" };

Deno.test("TLS is off unless a variable says that it is on, and then verifies nothing unless one says so", () => {
  const cases: readonly (readonly [Readonly<Record<string, string>>, ReturnType<typeof readTlsSettings>])[] =
    [
      [{}, undefined],
      [{ LIBPROCESS_SSL_ENABLED: "" }, undefined],
      [{ LIBPROCESS_SSL_ENABLED: "0", LIBPROCESS_SSL_CA_FILE: "/ca" }, undefined],
      [{ LIBPROCESS_SSL_ENABLED: "false", SSL_ENABLED: "1" }, undefined],
      [{ SSL_ENABLED: "true" }, { verify: false }],
      [on, { verify: false }],
      [{ ...on, LIBPROCESS_SSL_VERIFY_SERVER_CERT: "true" }, { verify: true }],
      [{ ...on, LIBPROCESS_SSL_VERIFY_CERT: "1" }, { verify: true }],
      [{ ...on, LIBPROCESS_SSL_VERIFY_SERVER_CERT: "0", LIBPROCESS_SSL_VERIFY_CERT: "1" }, { verify: false }],
      [{ ...on, LIBPROCESS_SSL_REQUIRE_CLIENT_CERT: "1" }, { verify: true }],
      [{ ...on, SSL_REQUIRE_CERT: "1" }, { verify: true }],
      [{ ...on, LIBPROCESS_SSL_HOSTNAME_VALIDATION_SCHEME: "openssl" }, { verify: false }],
      [
        {
          ...on,
          SSL_CA_FILE: "/old",
          LIBPROCESS_SSL_CA_FILE: "/ca",
          SSL_CA_DIR: "/cas",
          SSL_CERT_FILE: "/c",
          SSL_KEY_FILE: "/k",
        },
        {
          verify: false,
          authorityFile: "/ca",
          authorityDirectory: "/cas",
          certificateFile: "/c",
          keyFile: "/k",
        },
      ],
    ];
  for (const [environment, expected] of cases) assertEquals(readTlsSettings(environment), expected);
});

Deno.test("a value of TLS that cannot be read names its variable", () => {
  const cases: readonly (readonly [Readonly<Record<string, string>>, string])[] = [
    [{ LIBPROCESS_SSL_ENABLED: "yes" }, 'LIBPROCESS_SSL_ENABLED is "yes". Set it to true, 1, false or 0'],
    [{ ...on, SSL_VERIFY_CERT: "TRUE" }, 'SSL_VERIFY_CERT is "TRUE". Set it to true, 1, false or 0'],
    [
      { ...on, LIBPROCESS_SSL_HOSTNAME_VALIDATION_SCHEME: "dns" },
      'LIBPROCESS_SSL_HOSTNAME_VALIDATION_SCHEME is "dns". Set it to legacy or openssl',
    ],
    [
      { ...on, LIBPROCESS_SSL_CERT_FILE: "/c" },
      "LIBPROCESS_SSL_KEY_FILE is not set, but LIBPROCESS_SSL_CERT_FILE is. Set both or none",
    ],
    [
      { ...on, LIBPROCESS_SSL_KEY_FILE: "/k" },
      "LIBPROCESS_SSL_CERT_FILE is not set, but LIBPROCESS_SSL_KEY_FILE is. Set both or none",
    ],
  ];
  for (const [environment, message] of cases) {
    assertThrows(() => readTlsSettings(environment), MesoletError, message);
  }
});

Deno.test("a file of TLS that cannot be read is named with its variable", async () => {
  await assertRejects(
    () => loadTls({ verify: true, authorityFile: "/nowhere/ca.pem" }),
    MesoletError,
    "Cannot read /nowhere/ca.pem of LIBPROCESS_SSL_CA_FILE: No such file or directory",
  );
  await assertRejects(
    () => loadTls({ verify: true, authorityDirectory: "/nowhere/cas" }),
    MesoletError,
    "Cannot read /nowhere/cas of LIBPROCESS_SSL_CA_DIR: No such file or directory",
  );
});
