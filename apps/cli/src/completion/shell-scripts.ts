/** Shells that `flotilla completion` has a script for. */
export const shells = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof shells)[number]

/**
 * What a shell asks again with, after the words as they stand: `flotilla completion candidates -- WORDS...`. It answers
 * a line for each candidate, with what it is about behind a tab; `:files` alone means that the shell knows better.
 */
export const filesLine = ':files'

export function shellScript(shell: Shell): string {
  return scripts[shell]
}

const bash = `# Completion of flotilla for bash: source <(flotilla completion bash)
_flotilla() {
  local line current="\${COMP_WORDS[COMP_CWORD]}" words=() joined=() index
  # Bash takes : and = apart, which keys and options are full of; they are put together again.
  for ((index = 1; index <= COMP_CWORD; index++)); do
    if ((\${#joined[@]})) && [[ "\${COMP_WORDS[index]}" == [:=]* || "\${COMP_WORDS[index - 1]}" == *[:=] ]]; then
      joined[\${#joined[@]}-1]+="\${COMP_WORDS[index]}"
    else
      joined+=("\${COMP_WORDS[index]}")
    fi
  done
  current="\${joined[\${#joined[@]}-1]}"
  local cut="\${current%"\${current##*[:=]}"}"
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ "$line" == '${filesLine}' ]]; then
      compopt -o filenames 2>/dev/null
      while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "\${current#"$cut"}")
      return
    fi
    line="\${line%%$'\\t'*}"
    COMPREPLY+=("$(printf '%q' "\${line#"$cut"}")")
  done < <("\${COMP_WORDS[0]}" completion candidates -- "\${joined[@]}" 2>/dev/null)
}
complete -F _flotilla flotilla ./flotilla
`

const zsh = `#compdef flotilla
# Completion of flotilla for zsh: source <(flotilla completion zsh)
_flotilla() {
  local line word about
  local -a found
  while IFS= read -r line; do
    if [[ "$line" == '${filesLine}' ]]; then
      _files
      return
    fi
    word="\${line%%$'\\t'*}"
    about=''
    [[ "$line" == *$'\\t'* ]] && about="\${line#*$'\\t'}"
    found+=("\${word//:/\\\\:}\${about:+:$about}")
  done < <("\${words[1]}" completion candidates -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  (( \${#found} )) && _describe 'flotilla' found
}
compdef _flotilla flotilla ./flotilla
`

const fish = `# Completion of flotilla for fish: flotilla completion fish | source
function __flotilla_candidates
  set -l words (commandline -opc) (commandline -ct)
  set -l found ($words[1] completion candidates -- $words[2..] 2>/dev/null)
  if test "$found[1]" = '${filesLine}'
    __fish_complete_path (commandline -ct)
  else
    printf '%s\\n' $found
  end
end
complete -c flotilla -f -a '(__flotilla_candidates)'
`

const scripts: Readonly<Record<Shell, string>> = { bash, zsh, fish }
