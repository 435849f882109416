//go:build linux || darwin || freebsd

package node

import (
	"math"
	"syscall"
)

// freeBytes is the space left for this process where a directory lies, NaN when
// it cannot be told.
func freeBytes(dir string) float64 {
	var stat syscall.Statfs_t
	if err := syscall.Statfs(dir, &stat); err != nil {
		return math.NaN()
	}
	return float64(stat.Bavail) * float64(stat.Bsize)
}
