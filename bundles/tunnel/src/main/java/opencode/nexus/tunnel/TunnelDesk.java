package opencode.nexus.tunnel;

import java.util.ArrayList;
import java.util.List;
import opencode.nexus.api.NexusException;
import opencode.nexus.api.tunnel.TunnelConfig;
import opencode.nexus.api.tunnel.TunnelConfig.Kind;
import opencode.nexus.api.tunnel.TunnelProblem;
import opencode.nexus.api.tunnel.TunnelProblem.Severity;
import opencode.nexus.api.tunnel.TunnelService;
import opencode.nexus.api.tunnel.TunnelStatus;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** What the owner asks of the tunnel. */
@Component(service = TunnelService.class, immediate = true)
public final class TunnelDesk implements TunnelService {
    private static final int MOST_LINES = 1_000;

    private final CloudflaredTunnel tunnel;

    @Activate
    public TunnelDesk(@Reference CloudflaredTunnel tunnel) {
        this.tunnel = tunnel;
    }

    @Override
    public TunnelStatus status() {
        return tunnel.tunnelStatus();
    }

    @Override
    public void start() {
        tunnel.start();
    }

    @Override
    public void stop() {
        tunnel.stop();
    }

    @Override
    public TunnelConfig config() {
        return tunnel.settings().config();
    }

    @Override
    public TunnelConfig configure(TunnelConfig config) {
        TunnelConfig tidy = ConfigFile.tidy(config);
        ConfigCheck.mustBeRight(ConfigCheck.check(tidy, tunnel.settings().token()));
        boolean before = config().autoStart();
        tunnel.settings().store(tidy);
        tunnel.apply(tidy.autoStart() && !before);
        return config();
    }

    @Override
    public List<TunnelProblem> validate(TunnelConfig config) {
        TunnelConfig tidy = ConfigFile.tidy(config);
        List<TunnelProblem> found =
                new ArrayList<>(ConfigCheck.check(tidy, tunnel.settings().token()));
        if (found.stream().noneMatch(problem -> problem.severity() == Severity.ERROR)) {
            if (tidy.kind() == Kind.TOKEN) {
                hints(tidy, found);
            }
            namesThatShutOut(tidy, found);
            try {
                tunnel.objection(preview(tidy))
                        .ifPresent(objection -> found.add(new TunnelProblem("ingress", objection, Severity.ERROR)));
            } catch (NexusException e) {
                found.add(new TunnelProblem("command", e.getMessage(), Severity.WARNING));
            }
        }
        return List.copyOf(found);
    }

    /** Who has a token may have set the rules at Cloudflare; then those here count for nothing. */
    private void hints(TunnelConfig config, List<TunnelProblem> found) {
        found.add(new TunnelProblem(
                "token",
                "may be of a tunnel whose rules are set at Cloudflare: then the one for Nexus has to lead to http://127.0.0.1:"
                        + tunnel.door() + " there",
                Severity.WARNING));
        boolean named = config.domain() != null
                || config.ingress().stream()
                        .anyMatch(rule -> rule.service().equals(TunnelConfig.NEXUS) && rule.hostname() != null);
        if (!named) {
            found.add(new TunnelProblem(
                    "domain",
                    "is not given: Nexus answers only under names that it knows, so nobody is let in yet",
                    Severity.WARNING));
        }
    }

    /** Nexus answers only under names that it knows beforehand, and has to see them. */
    private static void namesThatShutOut(TunnelConfig config, List<TunnelProblem> found) {
        for (int i = 0; i < config.ingress().size(); i++) {
            TunnelConfig.Rule rule = config.ingress().get(i);
            if (!rule.service().equals(TunnelConfig.NEXUS)) {
                continue;
            }
            String hostname = rule.hostname();
            if (hostname != null && hostname.startsWith("*.")) {
                found.add(new TunnelProblem(
                        "ingress[" + i + "].hostname",
                        "lets nobody in to Nexus, which answers only under whole names; write a rule for each",
                        Severity.WARNING));
            }
            if (rule.originRequest().containsKey("httpHostHeader")) {
                found.add(new TunnelProblem(
                        "ingress[" + i + "].originRequest.httpHostHeader",
                        "hides the public name from Nexus, which then lets nobody in",
                        Severity.WARNING));
            }
        }
    }

    @Override
    public String preview(TunnelConfig config) {
        TunnelConfig tidy = ConfigFile.tidy(config);
        ConfigCheck.mustBeRight(ConfigCheck.check(tidy, tunnel.settings().token()));
        return TunnelCommand.text(tidy, new Place(0, 0, tidy.kind(), tidy.protocol(), ""));
    }

    @Override
    public List<String> logTail(int count) {
        return tunnel.lastLines(Math.max(0, Math.min(MOST_LINES, count)));
    }
}
