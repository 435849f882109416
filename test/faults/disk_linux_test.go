package faults

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/cybermiles/cybermiles/test/cluster"
)

// diskBytes is the size of the disk that is filled.
const diskBytes = "128m"

// TestFullDisk fills the disk of a node under load. The node may stop or refuse
// transactions, and says why; with space again it goes on, nothing lost.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	report := begin(t, "full disk")
	disk := mountSmall(t)
	c := cluster.New(t, cluster.Options{Dir: filepath.Join(disk, "network")})
	n, load := c.Nodes[0], c.NewLoad()
	for range pick(1, 10) {
		c.Start()
		checkRestarted(t, c, load)
		advance(t, n, load)
		stop := load.Go()
		filler := fill(t, disk)
		stopped := standsStill(n, 30*time.Second)
		stop()
		if !stopped {
			t.Fatal("the node goes on without a disk")
		}
		if !strings.Contains(n.Tail(), "no space left on device") {
			t.Fatalf("the node does not say that the disk is full:\n%s", n.Tail())
		}
		n.Kill()
		must(t, os.Remove(filler))
		report.rounds++
	}
	c.Start()
	checkRestarted(t, c, load)
	advance(t, n, load)
	height := settle(t, c, load)
	report.factsf("%d transactions acknowledged, %d blocks, nothing lost", load.Included(), height)
}

// mountSmall makes a small disk in memory.
func mountSmall(t *testing.T) string {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("NOT TESTED: a full disk; mounting a small one needs root")
	}
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", syscall.MS_NOSUID|syscall.MS_NODEV, "size="+diskBytes); err != nil {
		t.Skipf("NOT TESTED: a full disk; mounting a small one failed: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Errorf("unmount %s: %v", dir, err)
		}
	})
	return dir
}

// fill writes a file that takes all space there is.
func fill(t *testing.T, disk string) string {
	t.Helper()
	path := filepath.Join(disk, "filler")
	file, err := os.Create(path)
	must(t, err)
	defer file.Close()
	for block := make([]byte, 1<<20); len(block) > 0; {
		if _, err := file.Write(block); errors.Is(err, syscall.ENOSPC) {
			block = block[:len(block)/2]
		} else {
			must(t, err)
		}
	}
	return path
}

// standsStill waits until a node has ended or makes no more blocks.
func standsStill(n *cluster.Node, within time.Duration) bool {
	last, since := uint64(0), time.Now()
	for deadline := time.Now().Add(within); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		height, err := n.TryHeight()
		if !n.Running() {
			return true
		}
		if err != nil || height > last {
			last, since = height, time.Now()
		} else if time.Since(since) > 3*time.Second {
			return true
		}
	}
	return false
}
