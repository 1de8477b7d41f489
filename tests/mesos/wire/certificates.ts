import { installPackages, run } from "../../../scripts/engine/host_command.ts";

/** Paths of what {@linkcode makeCertificates} made; each `….pem` is a certificate, `…-key.pem` its key. */
export interface Certificates {
  readonly authority: string;
  readonly server: string;
  readonly serverKey: string;
  readonly client: string;
  readonly clientKey: string;
}

/**
 * Makes an authority, and certificates of it for a server and for a client.
 *
 * @param names whom the server's certificate is for, as OpenSSL writes it: `IP:127.0.0.1`
 */
export async function makeCertificates(directory: string, names: string): Promise<Certificates> {
  await installPackages({ openssl: "openssl" });
  const at = (name: string) => `${directory}/${name}`;
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  await run(
    "openssl",
    "req",
    "-x509",
    ...key,
    "-keyout",
    at("ca-key.pem"),
    "-out",
    at("ca.pem"),
    "-subj",
    "/CN=ca",
  );
  await Deno.writeTextFile(at("names"), `subjectAltName=${names}\n`);
  for (const name of ["server", "client"]) {
    await run(
      "openssl",
      ...["req", ...key, "-keyout", at(`${name}-key.pem`), "-out", at("request.pem"), "-subj", `/CN=${name}`],
    );
    await run(
      "openssl",
      ...["x509", "-req", "-in", at("request.pem"), "-CA", at("ca.pem"), "-CAkey", at("ca-key.pem")],
      ...["-CAcreateserial", "-out", at(`${name}.pem`), "-extfile", at("names")],
    );
  }
  return {
    authority: at("ca.pem"),
    server: at("server.pem"),
    serverKey: at("server-key.pem"),
    client: at("client.pem"),
    clientKey: at("client-key.pem"),
  };
}
