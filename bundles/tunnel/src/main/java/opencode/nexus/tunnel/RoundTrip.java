package opencode.nexus.tunnel;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.time.Clock;
import java.time.Duration;
import opencode.nexus.api.tunnel.TunnelListener.Probe;
import opencode.nexus.api.tunnel.TunnelStatus.Lamp;
import opencode.nexus.api.tunnel.TunnelStatus.RoundTripLight;
import org.jspecify.annotations.Nullable;

/**
 * Asks Nexus by its public address, through resolver and edge. The answer comes in two parts with a pause between: when both
 * arrive together, streams are held back on the way.
 */
final class RoundTrip {
    private static final int PATIENCE_MILLIS = 10_000;

    /** How the public address is asked; the body of an answer with status 200. */
    @FunctionalInterface
    interface Way {
        /** @throws IOException with a reason for the owner */
        InputStream get(URI url) throws IOException;
    }

    private final Way way;
    private final Clock clock;

    RoundTrip(Way way, Clock clock) {
        this.way = way;
        this.clock = clock;
    }

    RoundTripLight ask(URI base, Probe probe) {
        long begin = System.nanoTime();
        try (InputStream answer = way.get(base.resolve(probe.path()))) {
            String first = new String(answer.readNBytes(probe.first().length()), UTF_8);
            long began = System.nanoTime();
            String second = new String(answer.readNBytes(probe.second().length()), UTF_8);
            long ended = System.nanoTime();
            if (!first.equals(probe.first()) || !second.equals(probe.second())) {
                return failed("The public address is answered by somebody else than this Nexus.");
            }
            boolean held = ended - began < probe.pause().toNanos() / 2;
            long delay = Math.max(0, began - begin - (held ? probe.pause().toNanos() : 0));
            return new RoundTripLight(Lamp.ON, Duration.ofNanos(delay), held, clock.instant(), null);
        } catch (UnknownHostException e) {
            // Its message is the name and nothing else.
            return failed("The name of the public address is not known here. A new one may take a minute.");
        } catch (AccessAsks e) {
            return new RoundTripLight(Lamp.UNKNOWN, null, null, clock.instant(), e.getMessage());
        } catch (IOException e) {
            return failed("Nexus does not reach itself by its public address: " + e.getMessage());
        }
    }

    /** Somebody asks for a login of their own before anybody gets as far as Nexus. */
    static final class AccessAsks extends IOException {
        private static final long serialVersionUID = 1;

        AccessAsks() {
            super("Cloudflare Access asks for its own login first, so Nexus cannot try its own address.");
        }
    }

    private RoundTripLight failed(String problem) {
        return new RoundTripLight(Lamp.OFF, null, null, clock.instant(), Redaction.shortened(problem));
    }

    /** As any visitor. */
    static InputStream visit(URI url) throws IOException {
        HttpURLConnection connection = (HttpURLConnection) url.toURL().openConnection();
        connection.setConnectTimeout(PATIENCE_MILLIS);
        connection.setReadTimeout(PATIENCE_MILLIS);
        connection.setInstanceFollowRedirects(false);
        connection.setUseCaches(false);
        int code = connection.getResponseCode();
        if (code != HttpURLConnection.HTTP_OK) {
            String next = connection.getHeaderField("Location");
            connection.disconnect();
            if (isAccess(next)) {
                throw new AccessAsks();
            }
            throw new IOException("the answer has status " + code);
        }
        return connection.getInputStream();
    }

    /** Whether somebody is sent to the login page of a team at Cloudflare. */
    static boolean isAccess(@Nullable String location) {
        try {
            String host = location == null ? null : new URI(location).getHost();
            return host != null && host.endsWith(".cloudflareaccess.com");
        } catch (URISyntaxException e) {
            return false;
        }
    }
}
