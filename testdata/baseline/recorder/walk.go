package main

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"

	listenerv3 "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	tcpv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/tcp_proxy/v3"

	"istio.io/istio/pilot/pkg/model"
)

// walk follows one request through the proxies that it meets, in their order.
type walk struct {
	*mesh
	envoy *envoy
	port  uint32
	http  *httpRequest // as it is at this point of its way
}

// sender is who dials next.
type sender struct {
	identity string
	address  netip.Addr
	pod      *pod // nil: somebody outside of the mesh
}

// target is where a connection goes, and what is spoken to it.
type target struct {
	pod     *pod // nil: an address outside of the cluster
	address string
	port    uint32
	socket  socket
	weight  uint32
	through *service // the address is this Service's, behind its waypoint
}

// portion is a part of the traffic on its way to its targets.
type portion struct {
	weight  uint32
	targets []target
	http    *httpRequest
}

var errRefused = errors.New("refused")

func (m *mesh) fates(requests []request, envoy *envoy) ([]fate, error) {
	var all []fate
	for i := range requests {
		one, err := m.fate(&requests[i], envoy)
		if err != nil {
			one = fate{Error: err.Error()}
		}
		all = append(all, one)
	}
	return all, nil
}

func (m *mesh) fate(q *request, envoy *envoy) (fate, error) {
	w := &walk{mesh: m, envoy: envoy, port: q.Port}
	if q.HTTP != nil {
		first := *q.HTTP
		if p := m.pods[q.Workload]; p != nil && first.Host == "" {
			first.Host = netip.AddrPortFrom(netip.MustParseAddr(p.Status.PodIP), uint16(q.Port)).String()
		}
		if q.Token != nil {
			text, err := signed(q.Token.Claims, q.Token.Valid)
			if err != nil {
				return fate{}, err
			}
			first.Headers = append(slices.Clone(first.Headers), [2]string{"authorization", "Bearer " + text})
		}
		w.http = &first
	}
	if w.http.isPreflight() {
		return fate{}, fmt.Errorf("a CORS preflight is not judged")
	}
	from := sender{pod: m.pods[q.Client]}
	address, err := netip.ParseAddr(q.Address)
	if err != nil || q.Client != "" && from.pod == nil {
		return fate{}, fmt.Errorf("no client %s %s", q.Client, q.Address)
	}
	from.address = address
	if from.pod != nil && from.pod.mode == outside && from.pod.gateway == "" {
		from.pod = nil
	}
	if from.pod != nil {
		from.identity = m.identity(from.pod)
	}
	if q.Workload != "" {
		p := m.pods[q.Workload]
		if p == nil {
			return fate{}, fmt.Errorf("no workload %s", q.Workload)
		}
		return w.toPod(from, p, q.Port)
	}
	to := m.services[q.Service]
	if to == nil {
		return fate{}, fmt.Errorf("no Service %s", q.Service)
	}
	return w.toService(from, to)
}

func (m *mesh) identity(p *pod) string {
	return "spiffe://" + m.domain + "/ns/" + p.Namespace + "/sa/" + p.Spec.ServiceAccountName
}

func (w *walk) toPod(from sender, p *pod, port uint32) (fate, error) {
	dialled := []target{targetOf(p, port)}
	if from.pod == p {
		// Nothing captures what a pod sends to its own address.
		return fate{Shares: []share{{1, []backend{{Pod: p.key(), Port: port, HTTP: w.http}}}}}, nil
	}
	if from.pod == nil || from.pod.gateway != "" {
		return w.arrive(from, []portion{{1, spoken(dialled, viaPlaintext), w.http}})
	}
	if from.pod.mode == sidecar {
		return w.leaveSidecar(from, p.Status.PodIP, dialled)
	}
	if waypoint := w.workloads[p.key()].GetWaypoint(); waypoint != nil {
		return w.throughWaypoint(from, waypointPod(waypoint), nil, dialled)
	}
	return w.arrive(from, []portion{{1, w.byZtunnel(dialled), w.http}})
}

func (w *walk) toService(from sender, to *service) (fate, error) {
	if to.address == "" {
		return w.toHeadless(from, to)
	}
	dialled := w.podsOf(to)
	switch {
	case from.pod == nil:
		return w.arrive(from, []portion{{1, spoken(dialled, viaPlaintext), w.http}})
	case from.pod.gateway != "":
		cluster := fmt.Sprintf("outbound|%d||%s", w.port, to.host)
		targets := w.targets(w.proxies[from.pod.key()], cluster, dialled)
		return w.arrive(from, []portion{{1, targets, w.http}})
	case from.pod.mode == sidecar:
		return w.leaveSidecar(from, to.address, dialled)
	case to.waypoint != "":
		return w.throughWaypoint(from, to.waypoint, to, dialled)
	}
	return w.arrive(from, []portion{{1, w.byZtunnel(dialled), w.http}})
}

// toHeadless dials each pod of a headless Service, at the port that the client names.
func (w *walk) toHeadless(from sender, to *service) (fate, error) {
	whole := share{Weight: 1}
	for _, p := range to.pods {
		one, err := w.toPod(from, p, w.port)
		if err != nil || len(one.Shares) != 1 {
			return one, err
		}
		whole.Pool = append(whole.Pool, one.Shares[0].Pool...)
	}
	return fate{Shares: []share{whole}}, nil
}

// podsOf are the pods that kube-proxy chooses from.
func (w *walk) podsOf(to *service) []target {
	var all []target
	for _, p := range to.pods {
		if target, known := to.targets[w.port]; known {
			if port, found := target(p); found {
				all = append(all, targetOf(p, uint32(port)))
			}
		}
	}
	return all
}

func targetOf(p *pod, port uint32) target {
	return target{pod: p, address: p.Status.PodIP, port: port, weight: 1}
}

func spoken(targets []target, via transport) []target {
	all := slices.Clone(targets)
	for i := range all {
		all[i].socket = socket{via: via}
	}
	return all
}

// byZtunnel says what ztunnel speaks to its targets.
func (w *walk) byZtunnel(targets []target) []target {
	all := slices.Clone(targets)
	for i, one := range all {
		all[i].socket.via = viaPlaintext
		if one.pod.mode == ambient || w.workloads[one.pod.key()].GetTunnelProtocol().String() == "HBONE" {
			all[i].socket.via = viaTunnel
		}
	}
	return all
}

// leaveSidecar takes a request through the client's sidecar. dialled is where it would go by itself.
func (w *walk) leaveSidecar(from sender, address string, dialled []target) (fate, error) {
	proxy := w.proxies[from.pod.key()]
	chain, tcp, err := proxy.listens(address, w.port, w.http != nil)
	switch {
	case errors.Is(err, errRefused):
		return fate{Refused: nowhere}, nil
	case err != nil:
		return fate{}, err
	case tcp != nil:
		return w.arrive(from, w.tcpPortions(proxy, tcp, dialled))
	}
	return w.route(from, proxy, chain, origin{address: from.address, local: localAddress(address, w.port)}, nowhere, dialled)
}

func localAddress(address string, port uint32) netip.AddrPort {
	one, err := netip.ParseAddr(address)
	if err != nil {
		one = netip.IPv4Unspecified()
	}
	return netip.AddrPortFrom(one, uint16(port))
}

// listens finds the chain that takes a connection as Envoy does: the listener of that very address, else that of every
// address with this port, else the one for everything; in it the narrowest range, and HTTP where it is recognised.
func (p *proxy) listens(address string, port uint32, http bool) (*chain, *tcpv3.TcpProxy, error) {
	for _, listener := range [][]outbound{p.at(address, port, address), p.at("0.0.0.0", port, address), p.at("0.0.0.0", 15001, address)} {
		if len(listener) == 0 {
			continue
		}
		for _, one := range listener {
			if isHTTP := one.chain.routes != nil; isHTTP == http {
				return one.chain, one.tcp, nil
			}
		}
		if http {
			return nil, listener[0].tcp, nil
		}
		return nil, nil, errRefused
	}
	return nil, nil, fmt.Errorf("no listener takes %s:%d", address, port)
}

// at gives the chains of a listener that take a connection without TLS to an address, those of the narrowest range.
func (p *proxy) at(listener string, port uint32, dialled string) []outbound {
	var found []outbound
	narrowest := -1
	for _, one := range p.outbound {
		if one.address != listener || one.port != port {
			continue
		}
		switch width := fits(one.match, dialled); {
		case width > narrowest:
			narrowest, found = width, []outbound{one}
		case width == narrowest && width >= 0:
			found = append(found, one)
		}
	}
	return found
}

// fits says how many bits of an address a chain names; -1 if it does not take it, or takes TLS only.
func fits(match *listenerv3.FilterChainMatch, address string) int {
	if len(match.GetServerNames()) > 0 || match.GetTransportProtocol() == "tls" || match.GetDestinationPort() != nil {
		return -1
	}
	if len(match.GetPrefixRanges()) == 0 {
		return 0
	}
	widest := -1
	for _, one := range match.GetPrefixRanges() {
		from, err := netip.ParseAddr(one.AddressPrefix)
		to, wrong := netip.ParseAddr(address)
		bits := int(one.PrefixLen.GetValue())
		if err == nil && wrong == nil && netip.PrefixFrom(from, bits).Contains(to) {
			widest = max(widest, bits)
		}
	}
	return widest
}

func (w *walk) throughWaypoint(from sender, name string, to *service, dialled []target) (fate, error) {
	proxy := w.proxies[name]
	if proxy == nil || proxy.pod.gateway != model.Waypoint {
		return fate{}, fmt.Errorf("no waypoint %s", name)
	}
	host, local := "", ""
	if to != nil {
		host, local = to.host, to.address
	} else {
		local = dialled[0].address
	}
	next := sender{w.identity(proxy.pod), netip.MustParseAddr(proxy.pod.Status.PodIP), proxy.pod}
	seen := origin{address: from.address, local: localAddress(local, w.port), identity: from.identity, tunnel: true}
	if w.http != nil {
		if found := proxy.waypointChain(host, w.port, "http"); found != nil {
			return w.route(next, proxy, found.chain, seen, atWaypoint, dialled)
		}
	}
	found := proxy.waypointChain(host, w.port, "tcp")
	if found == nil {
		return fate{Refused: atWaypoint}, nil
	}
	if taken, err := w.envoy.connects(found.chain, seen); err != nil || !taken {
		return fate{Refused: atWaypoint}, err
	}
	return w.arrive(next, w.tcpPortions(proxy, found.tcp, dialled))
}

// route asks an Envoy which way a request takes, and follows it there.
func (w *walk) route(next sender, proxy *proxy, chain *chain, seen origin, point string, dialled []target) (fate, error) {
	first, err := w.envoy.ask(chain, seen, w.http, 0)
	if err != nil {
		return fate{}, err
	}
	if first.route < 0 {
		if first.status == 404 || point == nowhere {
			return fate{Refused: nowhere}, nil
		}
		return fate{Refused: point}, nil
	}
	if _, faulty := chain.routes[first.route].TypedPerFilterConfig["envoy.filters.http.fault"]; faulty {
		return fate{}, fmt.Errorf("a fault is not judged")
	}
	action := chain.routes[first.route].GetRoute()
	if action == nil {
		return fate{Status: first.status, Location: first.location, Body: first.body}, nil
	}
	clusters, err := choices(action)
	if err != nil {
		return fate{}, err
	}
	var portions []portion
	for number, one := range clusters {
		if one.weight == 0 {
			continue
		}
		chosen, err := w.envoy.ask(chain, seen, w.http, number)
		if err != nil {
			return fate{}, err
		}
		if chosen.arrived == nil {
			return fate{Refused: point}, nil
		}
		portions = append(portions, portion{one.weight, w.targets(proxy, one.cluster, dialled), chosen.arrived})
	}
	return w.arrive(next, portions)
}

func (w *walk) tcpPortions(proxy *proxy, tcp *tcpv3.TcpProxy, dialled []target) []portion {
	if tcp.GetWeightedClusters() == nil {
		return []portion{{1, w.targets(proxy, tcp.GetCluster(), dialled), w.http}}
	}
	var all []portion
	for _, one := range tcp.GetWeightedClusters().Clusters {
		if one.Weight > 0 {
			all = append(all, portion{one.Weight, w.targets(proxy, one.Name, dialled), w.http})
		}
	}
	return all
}

// targets are the endpoints of a cluster; none if there is no such cluster.
func (w *walk) targets(proxy *proxy, cluster string, dialled []target) []target {
	if cluster == "PassthroughCluster" {
		return spoken(dialled, viaPlaintext)
	}
	upstream := proxy.clusters[cluster]
	if upstream == nil {
		return nil
	}
	if upstream.dialsOriginal {
		all := slices.Clone(dialled)
		for i := range all {
			all[i].socket = upstream.pick(nil)
		}
		return all
	}
	var all []target
	for _, one := range upstream.endpoints {
		if one.original {
			all = append(all, spoken(dialled, one.socket.via)...)
			continue
		}
		next := target{pod: w.byAddress[one.address], address: one.address, port: one.port, socket: one.socket, weight: one.weight}
		if one.waypoint {
			next.pod, next.through = nil, w.serviceAt(one.address)
		}
		all = append(all, next)
	}
	return all
}

func (w *walk) serviceAt(address string) *service {
	for _, one := range w.services {
		if one.address == address {
			return one
		}
	}
	return nil
}
