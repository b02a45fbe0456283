"""The routes we use of allauth's, and no others: no sign-up, no address book, no trusted browsers, no passwordless door."""

from allauth.account import views
from allauth.mfa.base.views import reauthenticate
from allauth.mfa.recovery_codes.views import generate_recovery_codes
from allauth.mfa.webauthn.views import reauthenticate_webauthn
from django.urls import path, re_path

from cms.accounts import views as ours

urlpatterns = [
    path("login/", views.login, name="account_login"),
    path("logout/", views.logout, name="account_logout"),
    path("inactive/", views.account_inactive, name="account_inactive"),
    path("password/change/", views.password_change, name="account_change_password"),
    path("password/reset/", views.password_reset, name="account_reset_password"),
    path("password/reset/done/", views.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",  # the key has dashes of its own
        views.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("password/reset/key/done/", views.password_reset_from_key_done, name="account_reset_password_from_key_done"),
    # allauth asks for this name; the door is shut (see adapter).
    path("signup/", views.signup, name="account_signup"),
    path("again/", views.reauthenticate, name="account_reauthenticate"),
    path("stay/", ours.stay, name="account_stay"),
    path("returned/", ours.returned, name="account_returned"),
    path("step/", ours.SecondStep.as_view(), name="mfa_authenticate"),
    path("step/again/", reauthenticate, name="mfa_reauthenticate"),
    path("step/again/passkey/", reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
    path("steps/", ours.Factors.as_view(), name="mfa_index"),
    path("steps/app/", ours.EnrolApp.as_view(), name="mfa_activate_totp"),
    path("steps/app/remove/", ours.RemoveApp.as_view(), name="mfa_deactivate_totp"),
    path("steps/passkey/", ours.AddPasskey.as_view(), name="mfa_add_webauthn"),
    path("steps/passkey/<int:pk>/remove/", ours.RemovePasskey.as_view(), name="mfa_remove_webauthn"),
    path("steps/codes/", ours.RecoveryCodes.as_view(), name="mfa_view_recovery_codes"),
    path("steps/codes/new/", generate_recovery_codes, name="mfa_generate_recovery_codes"),
    path("sessions/", ours.Devices.as_view(), name="usersessions_list"),
]
