package statesync

import (
	"bufio"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/cybermiles/cybermiles/chain"
)

// ChunkSize is the size of every chunk but the last, in bytes. CometBFT carries
// up to 16 MB in one message.
const ChunkSize = 8 << 20

// maxChunks bounds a snapshot: 512 GiB, and 2 MiB of hashes, of which CometBFT
// carries up to 4 MB.
const maxChunks = 1 << 16

// A snapshot lies in a folder of its own: its chunks, and their hashes.
const hashesFile = "hashes"

func chunkPath(dir string, index uint32) string {
	return filepath.Join(dir, fmt.Sprintf("%08d.chunk", index))
}

// chunkWriter cuts what is written to it into chunk files.
type chunkWriter struct {
	dir    string
	size   int // of a chunk, in bytes
	buf    []byte
	hashes []byte // SHA-256 of each chunk written, one after the other
}

func (w *chunkWriter) Write(p []byte) (n int, err error) {
	for n = len(p); len(p) > 0; {
		if w.buf == nil {
			w.buf = make([]byte, 0, w.size)
		}
		fits := min(len(p), w.size-len(w.buf))
		w.buf, p = append(w.buf, p[:fits]...), p[fits:]
		if len(w.buf) == w.size {
			if err := w.cut(); err != nil {
				return 0, err
			}
		}
	}
	return n, nil
}

// cut writes the buffer as the next chunk.
func (w *chunkWriter) cut() error {
	index := uint32(len(w.hashes) / sha256.Size)
	if index == maxChunks {
		return fmt.Errorf("the state does not fit %d chunks", maxChunks)
	}
	if err := writeFile(chunkPath(w.dir, index), w.buf); err != nil {
		return err
	}
	sum := sha256.Sum256(w.buf)
	w.hashes, w.buf = append(w.hashes, sum[:]...), w.buf[:0]
	return nil
}

// finish writes the last chunk and the hashes.
func (w *chunkWriter) finish() error {
	if len(w.buf) > 0 {
		if err := w.cut(); err != nil {
			return err
		}
	}
	return writeFile(filepath.Join(w.dir, hashesFile), w.hashes)
}

// writeFile writes a file and waits until it is on disk.
func writeFile(path string, content []byte) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	if _, err = file.Write(content); err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}

// chunkReader reads the chunk files of a folder one after the other.
type chunkReader struct {
	ctx    context.Context
	dir    string
	chunks uint32
	next   uint32
	file   *os.File
}

func (r *chunkReader) Read(p []byte) (int, error) {
	for {
		if r.file == nil {
			if err := r.ctx.Err(); err != nil {
				return 0, err
			}
			if r.next == r.chunks {
				return 0, io.EOF
			}
			file, err := os.Open(chunkPath(r.dir, r.next))
			if err != nil {
				return 0, err
			}
			r.file = file
			r.next++
		}
		n, err := r.file.Read(p)
		if err == io.EOF {
			err = r.Close()
		}
		if n > 0 || err != nil {
			return n, err
		}
	}
}

// Close closes the file that is being read.
func (r *chunkReader) Close() error {
	if r.file == nil {
		return nil
	}
	err := r.file.Close()
	r.file = nil
	return err
}

// readOrigin opens the snapshot whose chunks lie in a folder. Its state is read
// from the files each time it is asked for.
func readOrigin(ctx context.Context, dir string, chunks uint32) (*chain.Origin, error) {
	var origin *chain.Origin
	err := readChunks(ctx, dir, chunks, func(d *decoder) (err error) {
		origin, err = d.head()
		return err
	})
	if err != nil {
		return nil, err
	}
	origin.State = func(sink chain.StateSink) error {
		return readChunks(ctx, dir, chunks, func(d *decoder) error {
			if _, err := d.head(); err != nil {
				return err
			}
			return d.state(sink)
		})
	}
	return origin, nil
}

func readChunks(ctx context.Context, dir string, chunks uint32, read func(*decoder) error) (err error) {
	var size uint64
	for i := range chunks {
		info, err := os.Stat(chunkPath(dir, i))
		if err != nil {
			return err
		}
		size += uint64(info.Size())
	}
	r := &chunkReader{ctx: ctx, dir: dir, chunks: chunks}
	defer func() { err = errors.Join(err, r.Close()) }()
	return read(newDecoder(bufio.NewReaderSize(r, 1<<20), size))
}
