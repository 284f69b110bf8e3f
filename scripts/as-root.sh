# Sourced by the scripts that run Node as root in a checkout: namespaces are root's business. They have set `root`.

# A user's PATH does not name the folders of the commands that root will run.
PATH=$root/node_modules/.bin:$PATH:/usr/local/sbin:/usr/sbin:/sbin
export PATH

# Runs a command as root, by sudo where that is needed, and returns its exit code.
as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
    return
  fi
  result=0
  sudo env "PATH=$PATH" "CI_RUN_ID=${CI_RUN_ID-}" "$@" || result=$?
  # What root has built here is the user's all the same.
  for folder in build dist; do
    [ ! -d "$folder" ] || sudo chown -R "$(id -u):$(id -g)" "$folder"
  done
  return "$result"
}

# jest as every run of it starts.
run_jest() {
  as_root node --experimental-vm-modules --disable-warning=ExperimentalWarning node_modules/jest/bin/jest.js "$@"
}
