//go:build !linux

package cluster

import "os/exec"

// dieTogether does nothing: only Linux tells a child that its parent died.
func dieTogether(*exec.Cmd) {}
