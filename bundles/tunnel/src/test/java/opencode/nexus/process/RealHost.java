package opencode.nexus.process;

import java.util.Map;
import opencode.nexus.api.home.NexusHome;
import opencode.nexus.api.process.ProcessHost;
import org.osgi.util.converter.Converters;

/** The process host of the product, for tests of other bundles. */
public final class RealHost implements AutoCloseable {
    private final LocalProcessHost host;

    public RealHost(NexusHome home, Map<String, Object> config) {
        host = new LocalProcessHost(
                Converters.standardConverter().convert(config).to(LocalProcessHost.Config.class), home, () -> true);
    }

    public ProcessHost host() {
        return host;
    }

    /** Ends every child. */
    @Override
    public void close() {
        host.close();
    }
}
