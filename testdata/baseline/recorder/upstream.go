package main

import (
	"net"
	"strconv"

	clusterv3 "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	endpointv3 "github.com/envoyproxy/go-control-plane/envoy/config/endpoint/v3"
	internalv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/internal_upstream/v3"
	tlsv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/tls/v3"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"
)

// transport is what is spoken to a server.
type transport string

const (
	viaNothing        transport = ""
	viaPlaintext      transport = "plaintext"
	viaMutualTLS      transport = "mutual TLS" // Istio's
	viaApplicationTLS transport = "TLS"        // the application's own, or a DestinationRule's
	viaTunnel         transport = "HBONE"
	viaTunnelledTLS   transport = "TLS in HBONE"
)

// upstream is a cluster of a proxy.
type upstream struct {
	dialsOriginal bool // ORIGINAL_DST: it goes where the client dialled
	sockets       []socket
	endpoints     []endpoint
}

// socket is one of the ways in which a cluster calls its endpoints.
type socket struct {
	match *structpb.Struct // what the endpoint's metadata must have
	via   transport
	sni   string
	names []string // the identities that the server may show; none: any
}

type endpoint struct {
	address  string
	port     uint32
	weight   uint32
	socket   socket
	waypoint bool // it is a Service's address, which is reached through the Service's waypoint
	original bool // it is wherever the client dialled
}

func upstreams(clusters []*clusterv3.Cluster, assignments []*endpointv3.ClusterLoadAssignment) map[string]*upstream {
	loads := map[string]*endpointv3.ClusterLoadAssignment{}
	for _, load := range assignments {
		loads[load.GetClusterName()] = load
	}
	all := map[string]*upstream{}
	for _, cluster := range clusters {
		load := cluster.LoadAssignment
		if load == nil {
			name := cluster.GetEdsClusterConfig().GetServiceName()
			if name == "" {
				name = cluster.Name
			}
			load = loads[name]
		}
		one := &upstream{dialsOriginal: cluster.GetType() == clusterv3.Cluster_ORIGINAL_DST, sockets: socketsOf(cluster)}
		for _, locality := range load.GetEndpoints() {
			for _, member := range locality.LbEndpoints {
				one.endpoints = append(one.endpoints, one.endpoint(member))
			}
		}
		all[cluster.Name] = one
	}
	return all
}

func (u *upstream) endpoint(member *endpointv3.LbEndpoint) endpoint {
	one := endpoint{weight: max(member.GetLoadBalancingWeight().GetValue(), 1)}
	metadata := member.GetMetadata().GetFilterMetadata()
	one.socket = u.pick(metadata["envoy.transport_socket_match"])
	if address := member.GetEndpoint().GetAddress().GetSocketAddress(); address != nil {
		one.address, one.port = address.GetAddress(), address.GetPortValue()
	}
	internal := member.GetEndpoint().GetAddress().GetEnvoyInternalAddress()
	if internal == nil {
		return one
	}
	one.socket.via = tunnelled(one.socket.via)
	target := internal.GetEndpointId()
	original := metadata["envoy.filters.listener.original_dst"].GetFields()
	if original["waypoint"].GetStringValue() != "" {
		one.waypoint, target = true, original["local"].GetStringValue()
	}
	host, port, err := net.SplitHostPort(target)
	number, _ := strconv.Atoi(port)
	one.address, one.port, one.original = host, uint32(number), err != nil
	return one
}

// socketsOf lists the sockets in the order in which Envoy tries them; the last one fits everything.
func socketsOf(cluster *clusterv3.Cluster) []socket {
	var all []socket
	for _, match := range cluster.TransportSocketMatches {
		one := socketOf(match.TransportSocket)
		one.match = match.Match
		all = append(all, one)
	}
	return append(all, socketOf(cluster.TransportSocket))
}

func (u *upstream) pick(metadata *structpb.Struct) socket {
	for _, one := range u.sockets {
		fits := true
		for name, value := range one.match.GetFields() {
			fits = fits && proto.Equal(metadata.GetFields()[name], value)
		}
		if fits {
			return one
		}
	}
	return socket{via: viaPlaintext}
}

func socketOf(written *corev3.TransportSocket) socket {
	config := written.GetTypedConfig()
	internal, tls := &internalv3.InternalUpstreamTransport{}, &tlsv3.UpstreamTlsContext{}
	switch {
	case config.MessageIs(internal) && config.UnmarshalTo(internal) == nil:
		return socketOf(internal.TransportSocket)
	case !config.MessageIs(tls) || config.UnmarshalTo(tls) != nil:
		return socket{via: viaPlaintext}
	case !showsWorkload(tls.CommonTlsContext):
		return socket{via: viaApplicationTLS, sni: tls.Sni}
	}
	one := socket{via: viaMutualTLS, sni: tls.Sni}
	for _, name := range tls.CommonTlsContext.GetCombinedValidationContext().GetDefaultValidationContext().GetMatchSubjectAltNames() {
		one.names = append(one.names, name.GetExact())
	}
	return one
}

// showsWorkload says whether the proxy shows the certificate of its own workload.
func showsWorkload(context *tlsv3.CommonTlsContext) bool {
	for _, secret := range context.GetTlsCertificateSdsSecretConfigs() {
		if secret.GetName() == "default" {
			return true
		}
	}
	return false
}

func tunnelled(inner transport) transport {
	if inner == viaPlaintext {
		return viaTunnel
	}
	return viaTunnelledTLS
}
