//go:build unix

package bench

import (
	"runtime"
	"syscall"
	"time"
)

// currentUsage is what this process has used since it started.
func currentUsage() Usage {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		return Usage{}
	}
	peak := int64(r.Maxrss)
	if runtime.GOOS != "darwin" { // which counts bytes, the others KiB
		peak <<= 10
	}
	return Usage{
		CPU:       time.Duration(r.Utime.Nano() + r.Stime.Nano()),
		PeakBytes: peak,
	}
}
