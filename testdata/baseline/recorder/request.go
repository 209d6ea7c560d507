package main

import "slices"

// request is one request of a question.
type request struct {
	Client   string       `json:"client"`  // a pod, namespace/name; empty: somebody outside of the mesh
	Address  string       `json:"address"` // where the client calls from
	Service  string       `json:"service"` // what it dials, namespace/name: a Service's address …
	Workload string       `json:"workload"`
	Port     uint32       `json:"port"` // … or a pod's
	HTTP     *httpRequest `json:"http"` // absent: a connection that carries no HTTP
	Token    *token       `json:"token"`
}

type httpRequest struct {
	Method  string      `json:"method"`
	Path    string      `json:"path"` // with the query
	Host    string      `json:"host"` // empty: the address and the port of the pod that is dialled
	Headers [][2]string `json:"headers,omitempty"`
}

func (r *httpRequest) isPreflight() bool {
	asks := func(header [2]string) bool { return header[0] == "access-control-request-method" }
	return r != nil && r.Method == "OPTIONS" && slices.ContainsFunc(r.Headers, asks)
}

type token struct {
	Valid  bool           `json:"valid"`
	Claims map[string]any `json:"claims"`
}

// fate is what becomes of a request: it is answered by a proxy, or refused on the way, or shared out among backends.
type fate struct {
	Error    string  `json:"error,omitempty"` // it could not be judged, and why
	Status   int     `json:"status,omitempty"`
	Location string  `json:"location,omitempty"`
	Body     string  `json:"body,omitempty"`
	Refused  string  `json:"refused,omitempty"` // where
	Shares   []share `json:"shares,omitempty"`
}

// share is a part of the traffic and who may get it.
type share struct {
	Weight uint32    `json:"weight"`
	Pool   []backend `json:"pool"`
}

type backend struct {
	Pod     string       `json:"pod"` // namespace/name, or an address outside of the cluster
	Port    uint32       `json:"port"`
	Refused string       `json:"refused,omitempty"`
	HTTP    *httpRequest `json:"http,omitempty"` // as the application gets it
}

// Where a request is refused.
const (
	atSidecar  = "sidecar"
	atZtunnel  = "ztunnel"
	atWaypoint = "waypoint"
	nowhere    = "nowhere" // there is no route or no backend, or client and server do not understand each other
)
