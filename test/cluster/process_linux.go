package cluster

import (
	"os/exec"
	"syscall"
)

// dieTogether kills a node when the test's process dies without cleaning up.
func dieTogether(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
