package opencode.nexus.api.page;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.osgi.annotation.versioning.ProviderType;

/** The files that a browser loads. Safe for use by several threads; content is immutable. */
@ProviderType
public interface PageSource {

    /**
     * A file by the path it is asked for: {@code /}, {@code /login}, {@code /assets/app/main-3F2A.js}, …
     *
     * @return nothing when there is no such file
     */
    Optional<Asset> find(String path);

    /**
     * One file.
     *
     * @param immutable true when its name holds a hash of its content
     * @param open true when it is needed before the login
     * @param brotli and {@code gzip}: the same content compressed, null where that does not pay
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Asset(
            String contentType,
            String etag,
            boolean immutable,
            boolean open,
            byte[] content,
            byte @Nullable [] brotli,
            byte @Nullable [] gzip) {}
}
