import { assert, assertEquals, assertStringIncludes } from "../support/assert.ts";
import { installPackages } from "../../scripts/engine/host_command.ts";
import { ownTarget, runtimes } from "../../scripts/build/runtimes.ts";
import { starterProgram } from "../../scripts/build/starter.ts";
import { fakeFile, nobody, onFreshHost, stranger } from "./fake_file.ts";

/** The script that prints the cache in use. */
const where = `/mnt/mesolet sh -c 'cd "\${RUNTIME%/*}/.." && pwd'`;

interface Case {
  readonly name: string;
  readonly script: string;
  readonly out: string;
}

const cases: readonly Case[] = [
  { name: "root's cache is in /var/cache", script: where, out: "/var/cache/mesolet" },
  {
    name: "a user without HOME has one of his own in /var/tmp",
    script: `${nobody} ${where}; stat -c '%a %u' /var/tmp/mesolet-65534`,
    out: "/var/tmp/mesolet-65534\n700 65534",
  },
  {
    name: "a user with HOME has it there",
    script: `mkdir /tmp/home && chown 65534 /tmp/home && HOME=/tmp/home ${nobody} ${where}`,
    out: "/tmp/home/.cache/mesolet",
  },
  {
    name: "all users run from root's cache, and keep compiled code in their own",
    script:
      `/mnt/mesolet true; ${nobody} ${where}; ${nobody} /mnt/mesolet sh -c 'echo "\${DENO_DIR%/program-*}"'
      ls /var/tmp/mesolet-65534/program-*`,
    out: "/var/cache/mesolet\n/var/tmp/mesolet-65534\ncode",
  },
  {
    name: "root's cache is for all users, also when compiled code was its first use",
    script: `mkdir /tmp/other; mount -t tmpfs none /tmp/other; export MESOLET_CACHE_DIR=/tmp/other/cache
      /mnt/mesolet true; mount -o remount,ro /tmp/other; /mnt/mesolet printenv DENO_DIR | cut -d/ -f-4; umount /tmp/other
      unset MESOLET_CACHE_DIR; /mnt/mesolet true; ${nobody} ${where}; stat -c %a /var/cache/mesolet/program-*/code`,
    out: "/var/cache/mesolet\n/var/cache/mesolet\n700",
  },
  {
    name: "nothing is put into a directory that another user made",
    script: `/mnt/mesolet true; ${stranger} mkdir -m 777 /var/tmp/mesolet-65534
      ${nobody} /mnt/mesolet sh -c 'echo "\${DENO_DIR%/program-*}"'; ls -A /var/tmp/mesolet-65534`,
    out: "/tmp/mesolet-65534",
  },
  {
    name: "without any directory to write to, root's cache is enough",
    script:
      `/mnt/mesolet true; for place in /var/cache /var/tmp /tmp /dev/shm; do mount -o remount,ro $place; done
      ${nobody} /mnt/mesolet printenv DENO_DIR; /mnt/mesolet printenv DENO_DIR`,
    out: "/dev/null/none\n/dev/null/none",
  },
  {
    name: "root's cache is readable by all under a narrow umask, and closed to others under a wide one",
    script:
      `(umask 077; /mnt/mesolet true); ${nobody} ${where}; rm -r /var/cache/mesolet; (umask 0; /mnt/mesolet true)
      find /var/cache ! -path '*/.lock' -printf '%m\\n' | sort -u`,
    out: "/var/cache/mesolet\n644\n755",
  },
  {
    name: "MESOLET_CACHE_DIR comes first",
    script: `MESOLET_CACHE_DIR=/dev/shm/of/mine ${where}`,
    out: "/dev/shm/of/mine",
  },
  {
    name: "a place on which programs cannot be run is passed over",
    script: `mount -o remount,noexec /var/tmp; ${nobody} ${where}; ls -A /var/tmp/mesolet-65534`,
    out: "/tmp/mesolet-65534\n.lock",
  },
  {
    name: "a place on which programs cannot be run any more is passed over",
    script: `${nobody} /mnt/mesolet true; mount -o remount,noexec /var/tmp; ${nobody} ${where}`,
    out: "/tmp/mesolet-65534",
  },
  {
    name: "a place that is full is passed over",
    script: `mount -o remount,size=8k /var/tmp; ${nobody} ${where}`,
    out: "/tmp/mesolet-65534",
  },
  {
    name: "on a read-only root any place that can be written will do",
    script: `for place in /var/cache /var/tmp /tmp; do mount -o remount,ro $place; done; ${nobody} ${where}`,
    out: "/dev/shm/mesolet-65534",
  },
  {
    name: "the sandbox of a task comes before memory",
    script: `for place in /var/cache /var/tmp /tmp; do mount -o remount,ro $place; done
      mkdir -m 777 /dev/shm/box; chown 65534 /dev/shm/box; chmod 755 /dev/shm/box
      MESOS_SANDBOX=/dev/shm/box ${nobody} ${where}`,
    out: "/dev/shm/box/.mesolet",
  },
  {
    name: "the working directory is the last resort",
    script: `for place in /var/cache /var/tmp /tmp /dev/shm; do mount -o remount,ro $place; done
      mount -t tmpfs -o mode=700,uid=65534 none /opt; cd /opt; ${nobody} ${where}`,
    out: "/opt/.mesolet",
  },
  {
    name: "a directory that another user made is not used",
    script: `${stranger} mkdir -m 777 /var/tmp/mesolet-65534; ${nobody} ${where}`,
    out: "/tmp/mesolet-65534",
  },
  {
    name: "a directory that another user filled with programs is not used",
    script:
      `${nobody} /mnt/mesolet true; chown -R 4321 /var/tmp/mesolet-65534; chmod -R a+rwX /var/tmp/mesolet-65534
      ${nobody} ${where}`,
    out: "/tmp/mesolet-65534",
  },
  {
    name: "a program that another user may change is not run",
    script:
      `${nobody} /mnt/mesolet true; chmod a+w /var/tmp/mesolet-65534/runtime-*/mesolet; ${nobody} ${where}`,
    out: "/var/tmp/mesolet-65534",
  },
  {
    name: "a directory of ours that the group may write to is not used",
    script: `${nobody} mkdir -m 770 /var/tmp/mesolet-65534; ${nobody} ${where}`,
    out: "/tmp/mesolet-65534",
  },
  {
    name: "a link that another user made is not followed",
    script: `mkdir -m 700 /tmp/mine; chown 65534 /tmp/mine; ${stranger} ln -s /tmp/mine /var/tmp/mesolet-65534
      ${nobody} ${where}; ls -A /tmp/mine`,
    out: "/tmp/mesolet-65534",
  },
  {
    name: "root runs nothing below a directory of a user",
    script:
      `mount -o remount,ro /var/cache; mkdir /tmp/home; chown 4321 /tmp/home; mkdir -p /tmp/home/.cache/mesolet
      HOME=/tmp/home ${where}`,
    out: "/var/tmp/mesolet-0",
  },
  {
    name: "a directory above that all may write to, and rename what is in it, is not used",
    script: `mkdir -m 777 /tmp/open; MESOLET_CACHE_DIR=/tmp/open/cache ${where}`,
    out: "/var/cache/mesolet",
  },
  {
    name: "a half-written program is replaced",
    script: `/mnt/mesolet true; for half in /var/cache/mesolet/*/mesolet*; do echo half >$half; done; ${where}
      /mnt/mesolet true; ls -A /var/cache/mesolet | cut -d- -f1`,
    out: "/var/cache/mesolet\n.lock\nprogram\nruntime",
  },
  {
    name:
      "however the host wants to see files listed, a half-written program is replaced and a whole one is kept",
    script:
      `for style in TIME_STYLE=long-iso TIME_STYLE=+%s QUOTING_STYLE=c BLOCK_SIZE=human-readable LS_BLOCK_SIZE=1k
      do rm -rf /var/cache/mesolet; env $style /mnt/mesolet true; touch -d yesterday /var/cache/mesolet/*/*
        for file in /var/cache/mesolet/*/mesolet.js; do echo half >$file; done
        env $style ${where}; cat $file; find /var/cache/mesolet/runtime-*/mesolet -mtime 0
      done | sort | uniq -c | tr -s ' '`,
    out: " 5 // the program\n 5 /var/cache/mesolet",
  },
  {
    name: "what killed starts left in a place that is full makes room after an hour",
    script: `mount -o remount,size=64k /var/cache; mkdir -p /var/cache/mesolet/.mesolet.older1
      head -c 60k /dev/zero >/var/cache/mesolet/.mesolet.older1/mesolet; touch -d '2 hours ago' /var/cache/mesolet/.mesolet.older1
      ${where}`,
    out: "/var/cache/mesolet",
  },
  {
    name: "what a killed start left is removed an hour later, and old versions a month later",
    script: `cd /var/cache; /mnt/mesolet true; cd mesolet; rm -r program-*
      young=0123456789abcdef old=fedcba9876543210
      mkdir .mesolet.young1 .mesolet.older1 program-$young program-$old runtime-$old
      touch -d '40 days ago' program-$old runtime-$old runtime-*; touch -d '2 hours ago' .mesolet.older1
      touch -d '20 minutes ago' .mesolet.young1; /mnt/mesolet true
      ls -d .mesolet* *-$young; ls | wc -l`,
    out: ".mesolet.young1\nprogram-0123456789abcdef\n3",
  },
  {
    name: "what belongs to others in a directory that is used for more than the cache stays there",
    script:
      `mkdir /var/cache/all; cd /var/cache/all; mkdir .new.abcdef program-files runtime-0123456789abcdefff
      touch -d '40 days ago' .new.abcdef *; MESOLET_CACHE_DIR=$PWD /mnt/mesolet true; rm .lock; ls -A | wc -l; ls -dA .new* *-files *ff`,
    out: "5\n.new.abcdef\nprogram-files\nruntime-0123456789abcdefff",
  },
  {
    name: "the umask, the directory and the words of the caller are his own",
    script:
      `cd /opt; umask 0027; /mnt/mesolet sh -c 'umask; pwd; for word; do echo "<$word>"; done' - a '' 'b c' '*'`,
    out: "0027\n/opt\n<a>\n<>\n<b c>\n<*>",
  },
  {
    name: "the process stays the same, as its caller knows it",
    script:
      `/mnt/mesolet sh -c 'echo $$' >/tmp/said & echo $! >/tmp/known; wait; cmp /tmp/said /tmp/known && echo same`,
    out: "same",
  },
  {
    name: "exit codes and signals are the program's",
    script:
      `/mnt/mesolet sh -c 'exit 7' || echo $?; /mnt/mesolet sh -c 'kill -TERM $$' 2>/dev/null || echo $?`,
    out: "7\n143",
  },
  {
    name: "SIGUSR1 is blocked, and opens no inspector",
    script: `/mnt/mesolet grep SigBlk /proc/self/status`,
    out: "SigBlk:\t0000000000000200",
  },
  {
    name: "the program is told its file, whatever it was called by",
    script: `show='/mnt/mesolet printenv MESOLET_FILE'; $show; cd /mnt; ./mesolet printenv MESOLET_FILE
      sh mesolet printenv MESOLET_FILE; PATH=/mnt:$PATH mesolet printenv MESOLET_FILE
      ln -s /mnt/mesolet '/tmp/a b'; '/tmp/a b' printenv MESOLET_FILE
      cp mesolet /tmp/plain; chmod 644 /tmp/plain; cd /; sh /tmp/plain printenv MESOLET_FILE
      sh tmp/plain printenv MESOLET_FILE`,
    out: "/mnt/mesolet\n/mnt/mesolet\n/mnt/mesolet\n/mnt/mesolet\n/tmp/a b\n/tmp/plain\n/tmp/plain",
  },
  {
    name: "it unpacks from a directory that it could not enter again",
    script:
      `mkdir -p /tmp/closed/box; cp /mnt/mesolet /tmp/closed/box/; chmod 700 /tmp/closed; cd /tmp/closed/box
      ${nobody} ./mesolet printenv MESOLET_FILE`,
    out: "/tmp/closed/box/mesolet",
  },
  {
    name: "variables that mean something to the runtime are kept from it, and for the program",
    script: `export DENO_DIR='/my dir' DENO_V8_FLAGS="it's
two \\"lines\\" \\$HOME" NODE_OPTIONS=--inspect OTEL_DENO=true RUST_LOG=trace OTHER=kept
      /mnt/mesolet sh -c 'printenv MESOLET_HOST_DENO_DIR MESOLET_HOST_DENO_V8_FLAGS MESOLET_HOST_NODE_OPTIONS OTHER
      env | grep -E "^(DENO|NODE|OTEL|RUST)" | grep -v DENO_DIR | sort'`,
    out: `/my dir\nit's\ntwo "lines" $HOME\n--inspect\nkept\nDENO_NO_PACKAGE_JSON=1\nDENO_NO_UPDATE_CHECK=1`,
  },
  {
    name: "the runtime has a home where nobody else can leave settings for it",
    script: `export HOME=/dev/null; ${nobody} /mnt/mesolet sh -c 'echo $HOME $MESOLET_HOST_HOME'
      unset HOME; ${nobody} /mnt/mesolet sh -c 'echo $HOME \${MESOLET_HOST_HOME-none}'`,
    out: "/var/tmp/mesolet-65534 /dev/null\n/var/tmp/mesolet-65534 none",
  },
  {
    name: "a value that looks like a variable, or like a command, is a value",
    script: `export A='x
export DENO_X=1
export DENO_Y$(touch /tmp/pwned)=2'; /mnt/mesolet sh -c 'env | grep -c MESOLET_HOST || :; ls /tmp'`,
    out: "0",
  },
  ...["dash", "bash", "bash --posix", "busybox sh"].map((shell) => ({
    name: `${shell} runs it`,
    script:
      `export NODE_OPTIONS=x; ${shell} /mnt/mesolet true; ${shell} ${where}; ${shell} /mnt/mesolet printenv MESOLET_HOST_NODE_OPTIONS`,
    out: "/var/cache/mesolet\nx",
  })),
  {
    name: "the tools of BusyBox are enough",
    script:
      `mkdir /tmp/bin; for tool in $(busybox --list); do ln -s "$(command -v busybox)" /tmp/bin/$tool; done
      export PATH=/tmp/bin; ${nobody.replace("setpriv", "/usr/bin/setpriv")} busybox sh ${where}
      ${nobody.replace("setpriv", "/usr/bin/setpriv")} busybox sh ${where}`,
    out: "/var/tmp/mesolet-65534\n/var/tmp/mesolet-65534",
  },
  {
    name: "eight first starts at once all run, and unpack it once",
    script:
      `seq 8 | xargs -P 8 -I% /mnt/mesolet echo ran | sort | uniq -c | tr -s ' '; ls -A /var/cache/mesolet | cut -d- -f1`,
    out: " 8 ran\n.lock\nprogram\nruntime",
  },
  {
    name: "eight first starts at once all run without flock",
    script:
      `mkdir /tmp/bin; for tool in sh id ls tail head gzip sha256sum mktemp mkdir chmod mv rm cut uname find; do
        ln -s "$(command -v $tool)" /tmp/bin/; done
      (echo=$(command -v echo); seq 8 | PATH=/tmp/bin $(command -v xargs) -P 8 -I% /mnt/mesolet /bin/echo ran) | sort | uniq -c |
        tr -s ' '; ls -A /var/cache/mesolet | cut -d- -f1`,
    out: " 8 ran\nprogram\nruntime",
  },
];

for (const { name, script, out } of cases) {
  Deno.test(`one file: ${name}`, async () => {
    await installPackages({ busybox: "busybox-static" });
    const result = await onFreshHost(script);
    assertEquals({ out: result.out.trimEnd(), error: result.error, code: result.code }, {
      out,
      error: "",
      code: 0,
    });
  });
}

Deno.test("one file: where nothing can take it, one line says what was tried and why not", async () => {
  const { code, error } = await onFreshHost(`
    mount -o remount,ro /var/cache
    mount -o remount,noexec /var/tmp
    mount -o remount,size=8k /tmp
    ${stranger} mkdir /dev/shm/mesolet-65534
    MESOLET_CACHE_DIR=relative MESOS_SANDBOX=/nowhere ${nobody} /mnt/mesolet true`);
  assertEquals(code, 73);
  assertEquals(
    error,
    "mesolet: no directory can take the program, some 100 MB: set MESOLET_CACHE_DIR to one that can. Tried " +
      "relative: it is not an absolute path; /var/cache/mesolet: Read-only file system; " +
      "/var/tmp/mesolet-65534: no program can be run there (noexec); " +
      "/tmp/mesolet-65534: No space left on device; /nowhere/.mesolet: Permission denied; " +
      "/dev/shm/mesolet-65534: /dev/shm/mesolet-65534 belongs to user 4321; /.mesolet: Permission denied\n",
  );
});

Deno.test("one file: a damaged file says so, and nothing of it is kept", async () => {
  const whole = await fakeFile();
  const damaged = whole.slice();
  damaged[damaged.length - 20] = (damaged[damaged.length - 20] ?? 0) ^ 1;
  for (const file of [damaged, whole.slice(0, whole.length - 10)]) {
    const { code, out, error } = await onFreshHost(
      `/mnt/mesolet echo ran || code=$?; ls -A /var/cache/mesolet; exit $code`,
      file,
    );
    assertEquals(error, "mesolet: /mnt/mesolet is damaged: get it again, and compare it with SHA256SUMS\n");
    assertEquals({ code, out }, { code: 65, out: ".lock\n" });
  }
});

Deno.test("one file: a file that was cut off in its script fails, and nothing is done", async () => {
  const whole = await fakeFile();
  const script = new TextDecoder().decode(whole);
  const end = script.indexOf('\nmain "$@"');
  assert(end > 0);
  for (const bytes of [500, 1024, 2000, 4000, 8192, end, end + '\nmain "$@"\nexit\n'.length]) {
    const { code, out } = await onFreshHost(
      "/mnt/mesolet echo ran || code=$?; ls -A /var/cache /var/tmp /tmp; exit ${code:-0}",
      whole.slice(0, bytes),
    );
    assertEquals({ bytes, code, out: out.replaceAll(/^\/.*\n|^\n/gm, "") }, { bytes, code: 2, out: "" });
  }
});

Deno.test("one file: a file that is read through a pipe, or by another script, says how to start it", async () => {
  for (const warm of ["", "/mnt/mesolet true; "]) {
    for (const start of ["sh -s echo ran </mnt/mesolet", "cat /mnt/mesolet | sh", "sh -c '. /mnt/mesolet'"]) {
      const { code, out, error } = await onFreshHost(warm + start);
      assertEquals({ code, out, error }, {
        code: 64,
        out: "",
        error:
          "mesolet: start this file by its path: it cannot be read through a pipe or by another script\n",
      });
    }
  }
});

Deno.test("one file: a host that lacks a tool is told which", async () => {
  const lacking = async (tools: string, warm = "") => {
    const { code, error } = await onFreshHost(`${warm}
      mkdir /tmp/bin
      for tool in ${tools}; do ln -s $(command -v $tool) /tmp/bin; done; PATH=/tmp/bin; exec /mnt/mesolet true`);
    return { code, error };
  };
  assertEquals(await lacking("id ls"), {
    code: 71,
    error: "mesolet: cannot unpack the program: there is no gzip on this host\n",
  });
  assertEquals(await lacking("gzip chmod head id ls mkdir mktemp mv rm sha256sum tail"), {
    code: 71,
    error: "mesolet: cannot unpack the program: there is no uname on this host\n",
  });
  assertEquals(await lacking("ls", "/mnt/mesolet true"), {
    code: 71,
    error: "mesolet: there is no id on this host, or PATH does not name its directory\n",
  });
});

Deno.test("one file: versions share a runtime", async () => {
  const { out, code } = await onFreshHost("/mnt/mesolet true; ls /var/cache/mesolet");
  assertEquals(code, 0);
  const [program = "", runtime = ""] = out.split("\n");
  const other = new TextDecoder().decode(await fakeFile({ program: "// another program\n" }));
  assertStringIncludes(other, `runtime_entry=${runtime}\n`);
  assert(!other.includes(`program_entry=${program}\n`));
});

Deno.test("one file: a file for another machine says so before it unpacks anything", async () => {
  const other = ownTarget() === "arm64" ? "x64" : "arm64";
  const { machine } = runtimes[other];
  const { code, out, error } = await onFreshHost(
    "/mnt/mesolet true || code=$?; ls -A /var/cache; exit $code",
    await fakeFile({ target: other }),
  );
  const said = `mesolet: this file is for ${machine}, and this host is ${Deno.build.arch}\n`;
  assertEquals({ code, out, error }, { code: 71, out: "", error: said });
});

Deno.test("one file: the starter of the other machine blocks SIGUSR1 too, and says when there is no program", async () => {
  await installPackages({ "qemu-aarch64-static": "qemu-user-static" });
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeFile(path, starterProgram("arm64"));
    await Deno.chmod(path, 0o755);
    const start = async (...words: string[]) => {
      const { code, stdout } = await new Deno.Command("qemu-aarch64-static", { args: [path, ...words] })
        .output();
      return { code, out: new TextDecoder().decode(stdout) };
    };
    assertEquals(await start("/bin/grep", "SigBlk", "/proc/self/status"), {
      code: 0,
      out: "SigBlk:\t0000000000000200\n",
    });
    assertEquals(await start("/no/program"), { code: 127, out: "" });
  } finally {
    await Deno.remove(path);
  }
});
