package memgateway

import (
	"context"
	"io"

	"duijie/internal/gateway"
	"duijie/internal/material"
	"duijie/internal/problem"
)

// PutMaterial takes none.
func (g *Gateway) PutMaterial(context.Context, gateway.Caller, material.Part, io.Reader) (material.Taken, error) {
	return material.Taken{}, &problem.Problem{Code: "not-found"}
}

// Material has none.
func (g *Gateway) Material(gateway.Caller, string) (*material.Reader, error) {
	return nil, &problem.Problem{Code: "not-found"}
}

// HeldMaterial holds none.
func (g *Gateway) HeldMaterial(gateway.Caller, string) int64 { return 0 }
