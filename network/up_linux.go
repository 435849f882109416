package network

import (
	"os/exec"
	"syscall"
)

// dieTogether stops a child when its supervisor is killed.
func dieTogether(child *exec.Cmd) {
	child.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
}
