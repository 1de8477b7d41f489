import { programPath } from "./setup_model.ts";

/** The unit of the operator for systemd. That of the usual places is `examples/operator/mesolet-operator.service`. */
export function operatorUnit({ prefix, specs }: { readonly prefix: string; readonly specs: string }): string {
  return `[Unit]
Description=Keeps the pods of ${specs} running
# It waits for the engine, and outlives its restarts: neither Requires= nor BindsTo= here.
After=network-online.target docker.service
Wants=network-online.target

[Service]
ExecStart=${programPath(prefix)} operator ${specs}
ExecReload=kill -HUP $MAINPID
Restart=always
RestartSec=2
# The pods are the engine's: they run on while the operator is stopped, upgraded or killed.
KillMode=mixed
# A pod whose spec was just deleted is given its grace.
TimeoutStopSec=60
# Nothing but the engine's socket, the specs and what they mount is needed; a total of a pod makes cgroups.
NoNewPrivileges=yes
ProtectHome=read-only
RuntimeDirectory=mesolet
RuntimeDirectoryMode=0700
RuntimeDirectoryPreserve=yes

[Install]
WantedBy=multi-user.target
`;
}
