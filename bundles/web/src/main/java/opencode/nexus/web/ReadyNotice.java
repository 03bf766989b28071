package opencode.nexus.web;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.time.Duration;
import opencode.nexus.api.auth.AuthService;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;

/**
 * Tells the person who started Nexus where it is, as soon as a request really is answered there, and how to become its
 * owner while it has none. Once in the life of the gateway, and only if the launcher asks for it by {@link #ANNOUNCE}.
 */
@Component(
        immediate = true,
        service = {})
public final class ReadyNotice implements Runnable {
    static final String ANNOUNCE = "nexus.announce";
    static final String ANNOUNCED = "nexus.announced";

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration PATIENCE_WITH_A_STRANGER = Duration.ofSeconds(10);
    private static final int PAUSE_MILLIS = 20;
    private static final int TIMEOUT_MILLIS = 2_000;

    private final HealthServlet health;
    private final int port;
    private final Thread thread = new Thread(this, "nexus-ready");

    @Reference(
            cardinality = ReferenceCardinality.OPTIONAL,
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    private volatile @Nullable AuthService auth;

    @Activate
    public ReadyNotice(BundleContext context, @Reference HealthServlet health) {
        this.health = health;
        port = port(context);
        if (Boolean.getBoolean(ANNOUNCE) && !Boolean.getBoolean(ANNOUNCED)) {
            thread.setDaemon(true);
            thread.start();
        }
    }

    @Deactivate
    void close() {
        thread.interrupt();
    }

    @Override
    public void run() {
        long begin = System.nanoTime();
        boolean stranger = false;
        try {
            while (!isOver(begin, stranger ? PATIENCE_WITH_A_STRANGER : PATIENCE)) {
                int status = ask();
                AuthService service = auth;
                if (status == HttpURLConnection.HTTP_OK && health.wasAsked() && service != null) {
                    announce(service);
                    return;
                }
                // Whatever answers there is not this gateway, or not yet.
                stranger = status > 0 && !health.wasAsked();
                Thread.sleep(PAUSE_MILLIS);
            }
            complain();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // this bundle is being replaced: its successor will tell
        }
    }

    private static boolean isOver(long begin, Duration patience) {
        return System.nanoTime() - begin > patience.toNanos();
    }

    /** The status of the answer, or 0 when there is none. */
    private int ask() {
        try {
            HttpURLConnection connection = (HttpURLConnection) URI.create("http://127.0.0.1:" + port + Paths.HEALTH)
                    .toURL()
                    .openConnection();
            connection.setConnectTimeout(TIMEOUT_MILLIS);
            connection.setReadTimeout(TIMEOUT_MILLIS);
            connection.setInstanceFollowRedirects(false);
            try {
                return connection.getResponseCode();
            } finally {
                connection.disconnect();
            }
        } catch (IOException e) {
            return 0;
        }
    }

    private void announce(AuthService service) {
        System.setProperty(ANNOUNCED, "true");
        StringBuilder notice = new StringBuilder("OpenCode Nexus is ready: http://127.0.0.1:" + port + "/\n");
        service.setupCode()
                .ifPresent(code -> notice.append("Set it up: http://127.0.0.1:" + port + "/setup#" + code + "\n"));
        System.out.print(notice);
        System.out.flush();
    }

    private void complain() {
        System.setProperty(ANNOUNCED, "true");
        System.err.println("OpenCode Nexus does not answer on port " + port
                + ". If another program uses that port, choose another one with --port.");
    }

    private static int port(BundleContext context) {
        String port = context.getProperty("org.ops4j.pax.web.org.osgi.service.http.port");
        if (port == null) {
            port = context.getProperty("org.osgi.service.http.port");
        }
        return port != null && port.matches("[0-9]{1,5}") ? Integer.parseInt(port) : 8181;
    }
}
