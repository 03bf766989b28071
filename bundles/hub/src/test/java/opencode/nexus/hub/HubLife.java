package opencode.nexus.hub;

import java.nio.file.Path;
import java.util.Map;
import opencode.nexus.testkit.FakeHome;
import org.osgi.util.converter.Converters;

/** Hubs one after the other on the same home, as after restarts. */
final class HubLife {
    private final FakeHome home;

    HubLife(Path directory) {
        home = new FakeHome(directory);
    }

    FakeHome home() {
        return home;
    }

    RingHub next(Map<String, Object> configuration) {
        return new RingHub(Converters.standardConverter().convert(configuration).to(RingHub.Config.class), home);
    }
}
