package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"duijie/adapter"
	"duijie/internal/material"
)

// lender is what the program lends to sinks and sources.
type lender struct {
	memory    *storeMemory
	materials *material.Store
}

// keeper keeps what comes with a unit's documents; nil where nothing is kept.
func (l lender) keeper(unit string) adapter.MaterialKeeper {
	if l.materials == nil {
		return nil
	}
	return keeper{l.materials, "local " + unit}
}

type keeper struct {
	store *material.Store
	owner string
}

// Keep stores content under its digest.
func (k keeper) Keep(ctx context.Context, name, mediaType string, r io.Reader) (adapter.Material, error) {
	kept, err := k.store.Keep(ctx, k.owner, r)
	if errors.Is(err, material.ErrTooLarge) {
		return adapter.Material{}, adapter.ErrMaterialTooLarge
	}
	if err != nil {
		return adapter.Material{}, fmt.Errorf("keep material: %w", err)
	}
	if mediaType == "" {
		mediaType, _, _ = strings.Cut(http.DetectContentType(kept.Head), ";")
	}
	return adapter.Material{Name: name, SHA256: kept.Digest, Size: kept.Size, MediaType: mediaType}, nil
}
