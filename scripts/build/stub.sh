#!/bin/sh
# mesolet @VERSION@ for Linux on @TARGET@: a script, and behind it the program and its runtime, compressed.
# The first start unpacks them into a cache directory and checks them; every start runs them from there.
# What is promised here, and why: docs/build.md of the project.
{ # A shell reads up to the other brace before it does anything: half a file is an error, and does nothing.
set -euf

# Of each part: its first byte in this file, its bytes, and the SHA-256 of these bytes.
starter='@STARTER@'
runtime='@RUNTIME@'
program='@PROGRAM@'
# Entries of the cache are named by what is in them, so that versions of mesolet share a runtime. Files have sizes.
runtime_entry=runtime-@RUNTIME_KEY@
program_entry=program-@PROGRAM_KEY@
runtime_files="$runtime_entry $runtime_entry/start=@STARTER_BYTES@ $runtime_entry/mesolet=@RUNTIME_BYTES@"
program_files="$program_entry $program_entry/mesolet.js=@PROGRAM_BYTES@"

# Prints "= PATH", the true path of a directory, if nobody but root and we can change what is in it or put another one
# in its place, and if the files named as FILE=BYTES are there; else prints what is wrong.
look() { # DIRECTORY [FILE[=BYTES]]...
  [ ! -L "$1" ] || { echo 'it is a symbolic link' && return; }
  cd -P -- "$1" 2>/dev/null || { echo 'it cannot be entered' && return; }
  shift && directory=$PWD sizes=''
  for file do
    case $file in *=*) sizes="$sizes $directory/$file " ;; esac
    shift && set -- "$@" "$directory/${file%%=*}"
  done
  above=$directory
  while set -- "$@" "${above:-/}" && [ -n "$above" ]; do above=${above%/*}; done
  # In the one form that is read below, whatever the host wants to see of times, sizes and names.
  LC_ALL=C TIME_STYLE=locale QUOTING_STYLE=literal LS_BLOCK_SIZE=1 ls -ldn -- "$@" 2>/dev/null | {
    left=$# system=''
    while read -r mode _ owner _ bytes _ _ _ path; do
      left=$((left - 1))
      case $path in
        "$directory" | "$directory"/*) trusted=" 0 $me " above='' ;;
        # The owner of / is trusted: in a namespace of users it is not root.
        *) [ "$path" != / ] || system=$owner && trusted=" 0 $me $system " above=yes ;;
      esac
      case $trusted in *" $owner "*) ;; *) echo "$path belongs to user $owner" && exit ;; esac
      case $above$mode in
        l* | yesl*) echo "$path is a symbolic link" && exit ;;
        # Others may write into a directory above, such as /tmp, when they cannot rename what is ours.
        yes?????????[tT]*) ;;
        yes?????w* | yes????????w* | [!y]????w* | [!y]???????w*) echo "others may write $path" && exit ;;
        -*) case $sizes in *" $path=$bytes "*) ;; *) echo "$path is damaged" && exit ;; esac ;;
      esac
    done
    if [ "$left" = 0 ]; then echo "= $directory"; else echo 'something is missing in it'; fi
  }
}

# Sets `home` if a directory has all of this version, and nobody else can have put it there.
found() { # DIRECTORY
  [ -f "$1/$program_entry/mesolet.js" ] && [ -x "$1/$runtime_entry/mesolet" ] || return 1
  home=$(look "$1" $runtime_files $program_files)
  case $home in '= '*) home=${home#= } ;; *) return 1 ;; esac
}

# Writes one part of this file to a file. Prints what is wrong, if anything is.
unpack() { # FILE FIRST BYTES SHA256
  packed() { tail -c "+$1" "$file" 2>/dev/null | head -c "$2"; }
  [ "$(packed "$2" "$3" | sha256sum)" = "$4  -" ] || { echo 'DAMAGED' && return; }
  said=$({ packed "$2" "$3" | gzip -dc >"$1"; } 2>&1) || { said=${said##*: } && echo "${said:-it cannot be written}"; }
}

# Unpacks what a directory lacks. Prints what is wrong, if anything is. To be called in a shell of its own.
fill() { # DIRECTORY
  umask "$mask"
  said=$(mkdir -p -- "$1" 2>&1) || { echo "${said##*: }" && return; }
  place=$(look "$1")
  case $place in '= '*) place=${place#= } ;; *) echo "$place" && return ;; esac
  # One at a time where the host can: several first starts then unpack once. Else each unpacks its own.
  if command -v flock >/dev/null && (umask 077 && : >>"$place/.lock") 2>/dev/null; then
    exec 9>>"$place/.lock" && flock -w 60 9 || :
    ! found "$place" || return 0
  fi
  # What killed starts left goes first, as there may be no room beside it.
  tidy "$place" -name '.mesolet.??????' -mmin +60
  new=$(mktemp -d "$place/.mesolet.XXXXXX" 2>&1) || { echo "${new##*: }" && return; }
  trap 'rm -rf "$new"' EXIT && trap 'exit 1' HUP INT TERM
  (printf '#!/bin/sh\n:\n' >"$new/try") 2>/dev/null || { echo 'it is full' && return; }
  chmod +x "$new/try" && "$new/try" 2>/dev/null || { echo 'no program can be run there (noexec)' && return; }
  case $(look "$place" $runtime_files) in
    '= '*) ;;
    *)
      said=$(unpack "$new/start" $starter) && [ -z "$said" ] || { echo "$said" && return; }
      said=$(unpack "$new/mesolet" $runtime) && [ -z "$said" ] || { echo "$said" && return; }
      chmod +x "$new/start" "$new/mesolet"
      said=$("$new/start" "$new/mesolet" --version 2>&1) || { echo "RUNTIME ${said##*: }" && return; }
      mkdir -p "$place/$runtime_entry" && mv -f "$new/start" "$new/mesolet" "$place/$runtime_entry/"
      ;;
  esac
  said=$(unpack "$new/mesolet.js" $program) && [ -z "$said" ] || { echo "$said" && return; }
  mkdir -p "$place/$program_entry/code" && mv -f "$new/mesolet.js" "$place/$program_entry/"
  # Whoever still uses an old entry has it open, or unpacks it again. No other names than ours: the place may be shared.
  key=$(printf '[0-9a-f]%.0s' 0 1 2 3 4 5 6 7 8 9 a b c d e f)
  tidy "$place" -mtime +30 \( -name "runtime-$key" ! -name "$runtime_entry" -o -name "program-$key" ! -name "$program_entry" \)
}

# Removes what `find` finds in a directory, where the host has a `find` that can.
tidy() { # DIRECTORY CONDITION...
  directory=$1 && shift
  ! command -v find >/dev/null || find "$directory" -maxdepth 1 "$@" -exec rm -rf {} + 2>/dev/null || :
}

fail() { # EXIT-CODE MESSAGE
  printf 'mesolet: %s\n' "$2" >&2
  exit "$1"
}

# Sets `home`: the first place that has the program, or else the first that can take it.
find_home() { # DIRECTORY...
  for place do ! found "$place" || return 0; done
  for tool in gzip chmod head ls mkdir mktemp mv rm sha256sum tail uname; do
    command -v "$tool" >/dev/null || fail 71 "cannot unpack the program: there is no $tool on this host"
  done
  [ "$(uname -m)" = @MACHINE@ ] || fail 71 "this file is for @MACHINE@, and this host is $(uname -m)"
  [ -r "$file" ] || fail 66 "cannot read $self, which is to be unpacked"
  tried=''
  for place do
    case $place in /*) wrong=$(fill "$place") ;; '') continue ;; *) wrong='it is not an absolute path' ;; esac
    case $wrong in
      '') ! found "$place" || return 0 ;;
      DAMAGED) fail 65 "$self is damaged: get it again, and compare it with SHA256SUMS" ;;
      RUNTIME*) fail 71 "the runtime does not start, which wants glibc 2.27 or later: ${wrong#* }" ;;
    esac
    tried="$tried; $place: ${wrong:-what was unpacked is gone}"
  done
  fail 73 "no directory can take the program, some 100 MB: set MESOLET_CACHE_DIR to one that can. Tried ${tried#; }"
}

# Sets `code`, where the runtime keeps compiled code: with the program if we may write there, as root's cache is not
# ours to write. Without such a place it starts more slowly.
find_code() { # DIRECTORY...
  code=$home/$program_entry/code
  [ ! -w "$home/$program_entry" ] || return 0
  for place do
    # For this alone nothing is left in a sandbox or in a working directory.
    case $place in */.mesolet) continue ;; /*) ;; *) continue ;; esac
    (umask "$mask" && mkdir -p "$place") 2>/dev/null && code=$(look "$place") || continue
    case $code in '= '*) code=${code#= }/$program_entry/code ;; *) continue ;; esac
    (umask "$mask" && mkdir -p "${code%/*}" && umask 077 && mkdir -p "$code") 2>/dev/null && [ -w "$code" ] && return || continue
  done
  code=/dev/null/none
}

# What the host's variables say to other programs on the same runtime is not for us, nor is the .npmrc that it would
# read at HOME: the program finds their values under other names, and gives them to what it runs.
hide_variables() {
  IFS='
'
  for line in $(export -p); do
    name=${line%%=*} && name=${name##* }
    case $name in
      *[!A-Za-z0-9_]*) ;;
      DENO_* | NODE_* | OTEL_* | RUST_* | HOME)
        ! eval "[ -n \"\${$name+set}\" ]" || eval "export MESOLET_HOST_$name=\"\$$name\"; unset $name"
        ;;
    esac
  done
  unset IFS
}

# Calls a function with all places for the cache, best first. Those in directories that all share have our number.
with_places() { # FUNCTION
  "$1" "${MESOLET_CACHE_DIR:-}" /var/cache/mesolet \
    "${XDG_CACHE_HOME:+$XDG_CACHE_HOME/mesolet}" "${MESOLET_HOST_HOME:+$MESOLET_HOST_HOME/.cache/mesolet}" \
    "/var/tmp/mesolet-$me" "${TMPDIR:+$TMPDIR/mesolet-$me}" "/tmp/mesolet-$me" \
    "${MESOS_SANDBOX:+$MESOS_SANDBOX/.mesolet}" "/dev/shm/mesolet-$me" "${PWD%/}/.mesolet"
}

main() {
  # This file as it can be read: the directories of the working directory may be closed to us. And as it can be told.
  file=$0
  case $file in */*) ;; *) if [ -f "$file" ]; then file=./$file; else file=$(command -v -- "$file") || :; fi ;; esac
  case $file in /*) self=$file ;; *) self=${PWD%/}/${file#./} ;; esac
  { IFS= read -r first <"$file"; } 2>/dev/null || first='#!/bin/sh'
  [ "$first" = '#!/bin/sh' ] || fail 64 'start this file by its path: it cannot be read through a pipe or by another script'
  me=$(id -u 2>/dev/null) || fail 71 'there is no id on this host, or PATH does not name its directory'
  mask=077
  [ "$me" != 0 ] || mask=022
  hide_variables
  with_places find_home
  with_places find_code
  export MESOLET_FILE="$self" HOME="$home" DENO_DIR="$code" DENO_NO_UPDATE_CHECK=1 DENO_NO_PACKAGE_JSON=1
  exec "$home/$runtime_entry/start" "$home/$runtime_entry/mesolet" @OPTIONS@ \
    "$home/$program_entry/mesolet.js" "$@"
}

main "$@"
exit
}
