package main

import (
	"fmt"
	"slices"
)

// arrive judges each portion of the traffic where it arrives.
func (w *walk) arrive(from sender, portions []portion) (fate, error) {
	var whole fate
	for _, part := range portions {
		one := share{Weight: part.weight, Pool: []backend{}}
		for _, to := range part.targets {
			if to.through != nil {
				return w.behindWaypoint(from, to, part, len(portions) == 1 && len(part.targets) == 1)
			}
			got, err := w.arriveAt(from, to, part.http)
			if err != nil {
				return fate{}, err
			}
			one.Pool = append(one.Pool, got)
		}
		whole.Shares = append(whole.Shares, one)
	}
	return whole, nil
}

// behindWaypoint goes on for a gateway that sends to a Service's waypoint.
func (w *walk) behindWaypoint(from sender, to target, part portion, all bool) (fate, error) {
	if !all {
		return fate{}, fmt.Errorf("a waypoint that gets a part of the traffic is not judged")
	}
	next := &walk{mesh: w.mesh, envoy: w.envoy, port: to.port, http: part.http}
	return next.throughWaypoint(from, to.through.waypoint, to.through, next.podsOf(to.through))
}

func (w *walk) arriveAt(from sender, to target, http *httpRequest) (backend, error) {
	if to.pod == nil {
		return backend{Pod: to.address, Port: to.port, HTTP: http}, nil
	}
	one := backend{Pod: to.pod.key(), Port: to.port, HTTP: http}
	var err error
	switch {
	case to.pod.gateway != "":
		err = fmt.Errorf("what a gateway does with what it gets is not judged")
	case w.misnamed(to):
		one.Refused = nowhere
	case to.pod.mode == ambient:
		one.Refused = w.atZtunnel(from, to)
	case to.pod.mode == sidecar:
		one.HTTP, one.Refused, err = w.atSidecar(from, to, http)
	case to.socket.via == viaMutualTLS || to.socket.via == viaTunnel:
		one.Refused = nowhere
	}
	if one.Refused != "" {
		one.HTTP = nil
	}
	if own := localAddress(to.address, to.port).String(); one.HTTP != nil && one.HTTP.Host == own {
		unnamed := *one.HTTP
		unnamed.Host = ""
		one.HTTP = &unnamed
	}
	return one, err
}

// misnamed says whether Istio's mutual TLS ends because the server is not one that the cluster names.
func (w *walk) misnamed(to target) bool {
	names := to.socket.names
	return to.socket.via == viaMutualTLS && len(names) > 0 && !slices.Contains(names, w.identity(to.pod))
}

func (w *walk) atZtunnel(from sender, to target) string {
	one := connection{source: from.address, local: localAddress(to.address, to.port)}
	if to.socket.via == viaTunnel || to.socket.via == viaTunnelledTLS {
		one.identity = from.identity
	}
	if !w.admits(to.pod, one) {
		return atZtunnel
	}
	if to.socket.via == viaMutualTLS {
		return nowhere // the application is sent Istio's mutual TLS
	}
	return ""
}

func (w *walk) atSidecar(from sender, to target, http *httpRequest) (*httpRequest, string, error) {
	via := to.socket.via
	opaque := via == viaApplicationTLS || via == viaTunnelledTLS
	if via == viaTunnelledTLS {
		via = viaTunnel
	}
	found := w.proxies[to.pod.key()].receives(via, to.port, http != nil && !opaque)
	if found == nil {
		return nil, atSidecar, nil
	}
	seen := origin{address: from.address, local: localAddress(to.address, to.port), tunnel: via == viaTunnel}
	if via == viaMutualTLS || via == viaTunnel {
		seen.identity = from.identity
	}
	if via == viaMutualTLS {
		seen.serverName = to.socket.sni
	}
	if found.chain.routes == nil {
		taken, err := w.envoy.connects(found.chain, seen)
		if err != nil || !taken {
			return nil, atSidecar, err
		}
		return http, "", nil
	}
	request := *http
	if via == viaMutualTLS {
		entry := fmt.Sprintf("By=%s;Hash=%064d;Subject=\"\";URI=%s", w.identity(to.pod), 0, from.identity)
		request.Headers = append(slices.Clone(http.Headers), [2]string{"x-forwarded-client-cert", entry})
	}
	answer, err := w.envoy.ask(found.chain, seen, &request, 0)
	if err != nil || answer.arrived == nil {
		return nil, atSidecar, err
	}
	return answer.arrived, "", nil
}

// receives finds the chain of a sidecar for what is spoken to it: those that name the port, else those for every port;
// of them HTTP where it is recognised.
func (p *proxy) receives(via transport, port uint32, http bool) *inbound {
	same := func(one *inbound) bool { return (one.via == viaTunnel) == (via == viaTunnel) }
	if !slices.ContainsFunc(p.inbound, func(one inbound) bool { return same(&one) && one.port == port }) {
		port = 0
	}
	var tcp *inbound
	for i := range p.inbound {
		one := &p.inbound[i]
		if one.via != via || one.port != port {
			continue
		}
		if isHTTP := one.chain.routes != nil; isHTTP && http {
			return one
		} else if !isHTTP {
			tcp = one
		}
	}
	return tcp
}
