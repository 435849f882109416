package node

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
)

// keepReadableBook sets an address book aside that CometBFT could not read and
// would panic on. Peers are found again through the configured ones.
func keepReadableBook(path string, log *slog.Logger) error {
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return fmt.Errorf("read the address book: %w", err)
	}
	var book struct {
		Key       string            `json:"key"`
		Addresses []json.RawMessage `json:"addrs"`
	}
	if err = json.Unmarshal(content, &book); err == nil {
		return nil
	}
	aside := path + ".CORRUPTED"
	log.Warn("the address book is damaged: set aside, and begun anew", "file", aside, "reason", err)
	if err := os.Rename(path, aside); err != nil {
		return fmt.Errorf("set the damaged address book aside: %w", err)
	}
	return nil
}
