/**
 * What `mesolet completion SHELL` prints. The scripts know nothing: they hand the words so far to
 * `mesolet __complete`, which answers with a candidate a line, a tab and its meaning. The last line is a colon and
 * how to go on: `:words`, `:files`, `:directories`, `:nospace`.
 */
export const completionScripts = {
  bash: `# Completion of mesolet for bash. Use: source <(mesolet completion bash)
_mesolet() {
    local current line directive="" IFS=$'\\n'
    local -a words candidates=()
    COMPREPLY=()
    # The line is split at blanks only: bash itself splits at = and : too.
    IFS=$' \\t\\n' read -r -a words <<< "\${COMP_LINE:0:COMP_POINT}"
    case "\${COMP_LINE:0:COMP_POINT}" in *[[:space:]]) words+=("") ;; esac
    current="\${words[\${#words[@]}-1]}"
    while IFS= read -r line; do
        case "$line" in
            :*) directive="\${line#:}" ;;
            ?*) candidates+=("\${line%%$'\\t'*}") ;;
        esac
    done < <("\${words[0]}" __complete "\${words[@]:1}" 2>/dev/null)
    # What stands before the last = or : is no part of the word that bash replaces.
    local prefix=""
    case "$current" in
        *[=:]*) prefix="\${current%"\${current##*[=:]}"}" ;;
    esac
    case "$directive" in
        files) COMPREPLY=($(compgen -f -- "\${current#"$prefix"}")); compopt -o filenames 2>/dev/null ;;
        directories) COMPREPLY=($(compgen -d -- "\${current#"$prefix"}")); compopt -o filenames 2>/dev/null ;;
        *)
            local candidate
            for candidate in "\${candidates[@]}"; do COMPREPLY+=("\${candidate#"$prefix"}"); done
            [ "$directive" = nospace ] && compopt -o nospace 2>/dev/null
            ;;
    esac
    return 0
}
complete -F _mesolet mesolet
`,
  zsh: `#compdef mesolet
# Completion of mesolet for zsh. Use: source <(mesolet completion zsh), or save it as _mesolet in a directory of fpath.
_mesolet() {
    local line directive="" value meaning
    local -a candidates options
    while IFS= read -r line; do
        case "$line" in
            :*) directive="\${line#:}" ;;
            ?*)
                value="\${line%%$'\\t'*}"
                meaning="\${line#*$'\\t'}"
                candidates+=("\${value//:/\\\\:}:\${meaning}")
                ;;
        esac
    done < <("\${words[1]}" __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)
    case "$directive" in
        files) _files ;;
        directories) _files -/ ;;
        *)
            [[ "$directive" == nospace ]] && options=(-S '')
            _describe -t candidates mesolet candidates "\${options[@]}"
            ;;
    esac
}
if [[ "\${funcstack[1]}" == _mesolet ]]; then
    _mesolet "$@"
else
    compdef _mesolet mesolet
fi
`,
  fish:
    `# Completion of mesolet for fish. Use: mesolet completion fish > ~/.config/fish/completions/mesolet.fish
function __mesolet_candidates
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l answer ($words[1] __complete $words[2..-1] $current 2>/dev/null)
    switch "$answer[-1]"
        case ':files'
            __fish_complete_path $current
        case ':directories'
            __fish_complete_directories $current
        case '*'
            for line in $answer
                string match -q ':*' -- $line; or printf '%s\\n' $line
            end
    end
end
complete -c mesolet -f -a '(__mesolet_candidates)'
`,
} as const;

/** A shell that there is a script for. */
export type CompletionShell = keyof typeof completionScripts;

/** Whether there is a script for a shell of this name. */
export function isCompletionShell(name: string): name is CompletionShell {
  return Object.hasOwn(completionScripts, name);
}
