from django.urls import path

from analytics import views

urlpatterns = [
    path("analytics/", views.dashboard, name="analytics"),
    path("analytics/rows/", views.rows, name="analytics_rows"),
    path("analytics/<slug:table>.csv", views.table_csv, name="analytics_csv"),
]
