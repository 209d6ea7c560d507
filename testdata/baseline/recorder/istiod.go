package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	listenerv3 "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	hcmv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	tcpv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/tcp_proxy/v3"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	metadatafake "k8s.io/client-go/metadata/fake"
	"k8s.io/client-go/testing"

	"istio.io/istio/pilot/pkg/model"
	"istio.io/istio/pilot/test/xds"
	"istio.io/istio/pkg/config/constants"
	kubelib "istio.io/istio/pkg/kube"
	"istio.io/istio/pkg/kube/krt"
	"istio.io/istio/pkg/test"
	"istio.io/istio/pkg/workloadapi"
	"istio.io/istio/pkg/workloadapi/security"
)

// proxyVersion is what every proxy says it runs.
const proxyVersion = "1.32.0"

// mesh is what istiod configures.
type mesh struct {
	pods      map[string]*pod // by namespace/name
	byAddress map[string]*pod
	services  map[string]*service // by namespace/name
	proxies   map[string]*proxy   // by the pod's namespace/name
	policies  []*security.Authorization
	workloads map[string]*workloadapi.Workload // what ztunnel knows, by the pod's namespace/name
	domain    string                           // the trust domain
	interned  *interned
}

// service is a Service as clients dial it.
type service struct {
	host     string
	address  string // empty: headless
	waypoint string // the pod, namespace/name
	pods     []*pod
	targets  map[uint32]func(*pod) (int32, bool)
}

// proxy is what istiod sends to one Envoy.
type proxy struct {
	pod      *pod
	inbound  []inbound
	outbound []outbound
	clusters map[string]*upstream
}

// inbound is a filter chain for what arrives at a pod, or at a waypoint.
type inbound struct {
	name  string
	port  uint32 // 0: every port without a chain of its own
	via   transport
	chain *chain
	tcp   *tcpv3.TcpProxy
}

// outbound is a filter chain for what a pod sends.
type outbound struct {
	address string
	port    uint32
	match   *listenerv3.FilterChainMatch
	chain   *chain // HTTP
	tcp     *tcpv3.TcpProxy
}

// giveVersions annotates the CRDs of Gateway API. The fake API server declares them without their version, for want of
// which istiod would ignore GRPCRoute, TCPRoute and TLSRoute.
func giveVersions(client kubelib.Client) {
	fake := client.Metadata().(*metadatafake.FakeMetadataClient)
	fake.PrependReactor("*", "customresourcedefinitions", func(action testing.Action) (bool, runtime.Object, error) {
		if write, is := action.(testing.CreateAction); is {
			if crd, is := write.GetObject().(metav1.Object); is {
				crd.SetAnnotations(map[string]string{"gateway.networking.k8s.io/bundle-version": "v1.6.0"})
			}
		}
		return false, nil, nil
	})
}

// configure runs istiod over the cluster.
func configure(c *cluster, all *objects) (*mesh, error) {
	m := &mesh{
		pods: map[string]*pod{}, byAddress: map[string]*pod{}, services: map[string]*service{},
		proxies: map[string]*proxy{}, workloads: map[string]*workloadapi.Workload{},
		domain: constants.DefaultClusterLocalDomain, interned: newInterned(),
	}
	if own := all.mesh.GetTrustDomain(); own != "" {
		m.domain = own
	}
	krt.GlobalDebugHandler = new(krt.DebugHandler) // it would keep every mesh for ever
	err := test.Wrap(func(t test.Failer) {
		istiod := xds.NewFakeDiscoveryServer(t, xds.FakeOptions{
			Configs: all.configs, KubernetesObjects: c.objects(), MeshConfig: all.mesh,
			KubeClientModifier: giveVersions,
		})
		settle(t, istiod)
		m.take(istiod, c)
	})
	return m, err
}

// settle waits until istiod has nothing more to do. Its collections feed each other, and the Gateway API controller asks
// for another push after the first.
func settle(t test.Failer, istiod *xds.FakeDiscoveryServer) {
	istiod.EnsureSynced(t)
	istiod.Discovery.ConfigUpdate(&model.PushRequest{Forced: true, Reason: model.NewReasonStats(model.ConfigUpdate)})
	istiod.EnsureSynced(t)
	updates, since, rounds := istiod.Discovery.InboundUpdates.Load(), time.Now(), 0
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); rounds++ {
		time.Sleep(3 * time.Millisecond)
		now := istiod.Discovery.InboundUpdates.Load()
		if now != updates || istiod.Discovery.CommittedUpdates.Load() < now {
			updates, since, rounds = now, time.Now(), 0
		}
		if rounds >= 8 && time.Since(since) > 25*time.Millisecond {
			return
		}
	}
}

func (m *mesh) take(istiod *xds.FakeDiscoveryServer, c *cluster) {
	for _, p := range c.pods {
		m.pods[p.key()] = p
		m.byAddress[p.Status.PodIP] = p
	}
	for _, s := range c.services {
		one := &service{host: s.Name + "." + s.Namespace + ".svc.cluster.local", targets: map[uint32]func(*pod) (int32, bool){}}
		if s.Spec.ClusterIP != "None" {
			one.address = s.Spec.ClusterIP
		}
		for i := range s.Spec.Ports {
			one.targets[uint32(s.Spec.Ports[i].Port)] = func(p *pod) (int32, bool) { return p.target(&s.Spec.Ports[i]) }
		}
		for _, p := range c.pods {
			if selects(s.Spec.Selector, p.Labels) && p.Namespace == s.Namespace {
				one.pods = append(one.pods, p)
			}
		}
		m.services[s.Namespace+"/"+s.Name] = one
	}
	m.takeZtunnel(istiod, c)
	for _, p := range c.pods {
		if kind := p.gateway; kind != "" {
			m.proxies[p.key()] = m.takeProxy(istiod, p, kind)
		} else if p.mode == sidecar {
			m.proxies[p.key()] = m.takeProxy(istiod, p, model.SidecarProxy)
		}
	}
}

func selects(selector, labels map[string]string) bool {
	for key, value := range selector {
		if labels[key] != value {
			return false
		}
	}
	return len(selector) > 0
}

func (m *mesh) takeZtunnel(istiod *xds.FakeDiscoveryServer, c *cluster) {
	for _, policy := range istiod.AmbientIndex.Policies(nil) {
		if policy.Authorization != nil {
			m.policies = append(m.policies, policy.Authorization)
		}
	}
	for _, address := range istiod.AmbientIndex.All() {
		if workload := address.GetWorkload(); workload != nil {
			m.workloads[workload.Namespace+"/"+workload.Name] = workload
		}
		if one := address.GetService(); one != nil && one.Waypoint != nil {
			if known := m.services[one.Namespace+"/"+one.Name]; known != nil {
				known.waypoint = waypointPod(one.Waypoint)
			}
		}
	}
}

// waypointPod is the pod of a waypoint, which has the name of its Gateway and Service.
func waypointPod(address *workloadapi.GatewayAddress) string {
	host := address.GetHostname()
	name, _, _ := strings.Cut(host.GetHostname(), ".")
	return host.GetNamespace() + "/" + name
}

func (m *mesh) takeProxy(istiod *xds.FakeDiscoveryServer, p *pod, kind model.NodeType) *proxy {
	tunnels := kind == model.Waypoint || kind == model.Router || p.Labels[model.TunnelLabel] == model.TunnelHTTP
	node := istiod.SetupProxy(&model.Proxy{
		Type: kind, IPAddresses: []string{p.Status.PodIP}, ID: p.Name + "." + p.Namespace,
		DNSDomain: p.Namespace + ".svc.cluster.local", ConfigNamespace: p.Namespace, Labels: p.Labels,
		Metadata: &model.NodeMetadata{
			Namespace: p.Namespace, Labels: p.Labels, Annotations: p.Annotations, ServiceAccount: p.Spec.ServiceAccountName,
			ClusterID: constants.DefaultClusterName, IstioVersion: proxyVersion, NodeName: p.Spec.NodeName,
			InstanceIPs: []string{p.Status.PodIP}, EnableHBONE: model.StringBool(tunnels), PodPorts: podPorts(p),
		},
	})
	listeners := istiod.Listeners(node)
	routes := map[string]*routev3.RouteConfiguration{}
	for _, table := range istiod.RoutesFromListeners(node, listeners) {
		// A name that several listeners have comes once for each, and empty from the second time on.
		if table != nil && routes[table.Name] == nil {
			routes[table.Name] = table
		}
	}
	one := &proxy{pod: p, clusters: upstreams(istiod.Clusters(node), istiod.Endpoints(node))}
	for _, listener := range listeners {
		m.takeListener(one, listener, routes, kind)
	}
	return one
}

func podPorts(p *pod) []model.PodPort {
	var ports []model.PodPort
	for _, container := range p.Spec.Containers {
		for _, port := range container.Ports {
			ports = append(ports, model.PodPort{Name: port.Name, ContainerPort: int(port.ContainerPort), Protocol: string(port.Protocol)})
		}
	}
	return ports
}

func (m *mesh) takeListener(one *proxy, listener *listenerv3.Listener, routes map[string]*routev3.RouteConfiguration, kind model.NodeType) {
	address := listener.GetAddress().GetSocketAddress()
	behindTunnel := listener.Name == "main_internal"
	chains := listener.FilterChains
	if listener.DefaultFilterChain != nil {
		chains = append(slices.Clone(chains), listener.DefaultFilterChain)
	}
	for _, filters := range chains {
		switch {
		case kind == model.Router || listener.Name == "connect_terminate" || filters.Name == "virtualInbound-blackhole":
			// Gateways are asked for what they send after their own routing only.
		case behindTunnel || listener.TrafficDirection == corev3.TrafficDirection_INBOUND:
			via := viaTunnel
			if !behindTunnel {
				via = takes(filters)
			}
			chain, tcp := m.interned.chain(filters.Filters, routes, via)
			port := filters.GetFilterChainMatch().GetDestinationPort().GetValue()
			one.inbound = append(one.inbound, inbound{filters.Name, port, via, chain, tcp})
		case listener.TrafficDirection == corev3.TrafficDirection_OUTBOUND:
			chain, tcp := m.interned.chain(filters.Filters, routes, viaNothing)
			one.outbound = append(one.outbound, outbound{address.GetAddress(), address.GetPortValue(), filters.FilterChainMatch, chain, tcp})
		}
	}
}

// takes says what a sidecar's inbound chain is spoken to with.
func takes(chain *listenerv3.FilterChain) transport {
	switch {
	case chain.TransportSocket != nil:
		return viaMutualTLS
	case chain.GetFilterChainMatch().GetTransportProtocol() == "tls":
		return viaApplicationTLS
	}
	return viaPlaintext
}

// waypointChain is the chain of a waypoint for a Service and port, or for the pods themselves.
func (p *proxy) waypointChain(host string, port uint32, protocol string) *inbound {
	name := "direct-" + protocol
	if host != "" {
		name = fmt.Sprintf("inbound-vip|%d|%s|%s", port, protocol, host)
	}
	for i := range p.inbound {
		if p.inbound[i].name == name {
			return &p.inbound[i]
		}
	}
	return nil
}

// tables are the two kinds of network filter that end a chain.
func ending(filters []*listenerv3.Filter) (*hcmv3.HttpConnectionManager, *tcpv3.TcpProxy) {
	for _, filter := range filters {
		manager, tcp := &hcmv3.HttpConnectionManager{}, &tcpv3.TcpProxy{}
		if filter.GetTypedConfig().MessageIs(manager) && filter.GetTypedConfig().UnmarshalTo(manager) == nil {
			return manager, nil
		}
		if filter.GetTypedConfig().MessageIs(tcp) && filter.GetTypedConfig().UnmarshalTo(tcp) == nil {
			return nil, tcp
		}
	}
	return nil, nil
}
