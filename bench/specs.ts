/** A Compose file of so many services that start at once and end at once when asked to. */
export function specOf(services: number): string {
  const lines = ["services:"];
  for (let index = 1; index <= services; index++) {
    lines.push(
      `  service${index}:`,
      "    image: busybox",
      '    command: ["sleep", "1000000"]',
      "    stop_signal: SIGKILL",
      `    environment: {INDEX: "${index}", GREETING: "\${GREETING:-hello}"}`,
      `    labels: {index: "${index}"}`,
    );
  }
  return `${lines.join("\n")}\n`;
}

/** A Compose file of about a kibibyte, different for each index. */
export function smallSpec(index: number): string {
  return `name: pod${index}
services:
  web:
    image: registry.example/web:${index}
    command: ["serve", "--port", "8080"]
    environment:
      LOG_LEVEL: \${LOG_LEVEL:-info}
      INDEX: "${index}"
    ports:
      - "127.0.0.1:${10_000 + index}:8080"
    volumes:
      - data:/var/lib/web
      - ./config:/etc/web:ro
    depends_on:
      cache: {condition: service_healthy}
    healthcheck:
      test: ["CMD", "wget", "-q", "-O", "/dev/null", "http://127.0.0.1:8080/healthz"]
      interval: 10s
      timeout: 2s
      retries: 3
    restart: unless-stopped
    deploy:
      resources:
        limits: {cpus: "0.5", memory: 256m}
  cache:
    image: registry.example/cache:7
    command: cache --maxmemory 64mb --save ""
    healthcheck:
      test: cache-cli ping | grep PONG
      interval: 5s
    tmpfs: [/run]
    restart: unless-stopped
volumes:
  data: {labels: {pod: "${index}"}}
`;
}

/** Writes a directory of so many small pods for a cluster: `pod0.yaml` and so on. */
export async function writePods(directory: string, pods: number): Promise<void> {
  await Deno.mkdir(directory);
  for (let index = 0; index < pods; index++) {
    await Deno.writeTextFile(
      `${directory}/pod${index}.yaml`,
      `services: {web: {image: busybox, ports: ["80"]}}\nx-pod: {resources: {cpus: 0.1, memory: 32m}}\n`,
    );
  }
}
